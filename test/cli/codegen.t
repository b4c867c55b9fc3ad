# A model as source: the files, what is refused, and an edit that arrives in the engine.
$ tenon codegen $DATA/conv.tnt -o src
> src: network.c, weights.safetensors, names.txt
$ ls src
> CMakeLists.txt
> Makefile
> README.md
> main.c
> names.txt
> network.c
> weights.safetensors
$ cat src/network.c
> void build(tn_network *net) {
> tn_input(net, "image", "f32[1,3,8,8]")
> tn_conv(net, x,
> tn_output(net,
$ head -n 2 src/names.txt
> layer
$ tenon weights ls src/weights.safetensors
> f32
$ tenon codegen $DATA/conv.tnt -o fused --optimized -q && cat fused/network.c
> tn_fused_
$ tenon codegen $DATA/conv.tnt -o after --after nosuchpass
? 1
2> nosuchpass
$ tenon codegen $DATA/conv.tnt
? 2
2> -o DIR
$ tenon codegen $DATA/conv.tnt -o src --lang python -q && cat src/network.py
> net.conv(
$ tenon codegen $DATA/conv.tnt -o src --lang basic
? 2
2> --lang
$ tenon codegen $DATA/conv.tnt -o no/such/place
? 1
2> cannot make the folder
