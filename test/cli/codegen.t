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
# two bodies have constants of one name: the source is the same, from the model and from its engine
$ tenon build $DATA/one_name.tnt -o n.tne -q --no-timing
$ for how in '' --optimized; do tenon codegen $DATA/one_name.tnt $how -o n1 -q && tenon codegen n.tne $how -o n2 -q && cmp n1/names.txt n2/names.txt && cmp n1/network.c n2/network.c && grep ^const n1/names.txt; done
> 	b.2
> 	w.1
> 	turned.1
# a list that would be broken inside its call has the call's arguments below it, as clang-format has it
$ tenon codegen $DATA/joined.tnt -o joined -q && grep -A 3 'tn_concat($' joined/network.c
>         net,
>         tn_list(tn_weight(net, "joined.at_both_ends", NULL), x, tn_weight(net, "joined.at_both_ends", NULL)),
>         .axis = 3);
# what is said several times is a function, called with what differs
$ tenon codegen $DATA/repeats.tnt -o repeats -q && cat repeats/network.c
> // made 5 times in the network
> static tn_value *part(tn_network *net, tn_value *x, int64_t size) {
>     x = tn_reshape(net, x, tn_index(net, 1, 2, 3, size));
>     z = part(net, z, 36);
>     x = tn_sigmoid(net, x);
$ tenon codegen $DATA/repeats.tnt -o repeats -q --lang python && cat repeats/network.py
> # made 5 times in the network
> def part(net, x, size):
>     z = part(net, z, 36)
# the body of a program takes what it is given, so that those that do the same are one function
$ tenon codegen $DATA/told.tnt --optimized --no-timing -o told -q && grep 'tn_input(body' told/network.c
>     tn_value *x = tn_input(body, "in.0", "f32[?]");
# one that is broken in either place stands beside it, where that costs a line and saves a break
$ tenon codegen $DATA/listed.tnt -o listed -q && grep -A 3 'tn_concat(' listed/network.c
>     x = tn_concat(net,
>                   tn_list(tn_const(net, "inputs_0", "f32[2] = {1, 2}"),
>                           tn_const(net, "inputs_1", "f32[2] = {3, 4}"),
>                           tn_const(net, "inputs_2", "f32[2] = {5, 6}"),
# more inputs than an operator's table has rows
$ (echo 'graph "many" {'; echo ' in %x: f32[2]'; printf ' %%y = Concat(%%x'; for i in $(seq 199); do printf ', %%x'; done; echo ') {axis=0}'; echo ' out %y'; echo '}') > many.tnt && tenon codegen many.tnt -o many -q && grep -c tn_list many/network.c
> 1
