# A plug-in is compiled by its user, against one header and without a library, and loaded by whatever reads a model.
$ cc -O1 -shared -fPIC -I"$DATA/../../../include" "$DATA/../../../examples/plugin/pixel_norm.c" -o pixel_norm.so
$ cp "$DATA/../../../examples/plugin/pixel_norm.tnt" m.tnt
# Without it: what is missing, and the way out.
$ tenon check m.tnt
? 1
> there is no operator 'PixelNorm' in domain 'com.example'
> --plugin
# With it; a file without a '/' is the one here.
$ tenon check m.tnt --plugin pixel_norm.so
> accepted
$ tenon list PixelNorm --plugin ./pixel_norm.so
> com.example.PixelNorm
> example.pixel_norm.f32
> (plug-in pixel_norm)
$ tenon list PixelNorm --plugin pixel_norm.so --json
json
> "plugin": "pixel_norm"
> "types": "T: f32 f16 f64 bf16"
$ tenon run m.tnt --plugin pixel_norm.so --plugin pixel_norm.so --shape latent:2x4x5x7 --random 1 --save fast
> image: f32[2,3,5,7]
# The reference kernel and the plug-in's own agree, for any number of threads.
$ tenon build m.tnt --plugin pixel_norm.so --no-timing --explain -o m.tne
> * example.pixel_norm.f32
$ tenon run m.tne --plugin pixel_norm.so --shape latent:2x4x5x7 --random 1 --expect fast --threads 3
$ sed '/\.tactics = /d' "$DATA/../../../examples/plugin/pixel_norm.c" > ref.c
$ cc -O1 -shared -fPIC -I"$DATA/../../../include" ref.c -o ref.so
$ tenon run m.tnt --plugin ref.so --shape latent:2x4x5x7 --random 1 --expect fast
> agrees with fast/image.npy
$ tenon bench m.tnt --plugin pixel_norm.so --shape latent:2x4x5x7 --random 1 -n 2 --profile --no-timing
> example.pixel_norm.f32
# Its inference speaks for itself.
$ sed 's/f32\[3\] = {1, 0.5, 2}/f32[2] = {1, 0.5}/' m.tnt > bad.tnt && tenon check bad.tnt --plugin pixel_norm.so
? 1
> X has 3 channels, gain 2 elements
> hint: gain has one element for each channel
# An engine says what it needs.
$ tenon show m.tne --plugin pixel_norm.so
> needs   plug-in pixel_norm, version 1 for com.example.PixelNorm
$ tenon show m.tne --plugin pixel_norm.so --json
json
> "operators": "com.example.PixelNorm"
$ tenon run m.tne --random 1 --shape latent:1x4x2x2
? 1
2> the engine needs the plug-in 'pixel_norm', version 1 for com.example.PixelNorm
2> hint: load it first: --plugin
# Another version of it may pack its weights differently: kernels are chosen anew.
$ sed 's/version = "1"/version = "2"/' "$DATA/../../../examples/plugin/pixel_norm.c" > two.c
$ cc -O1 -shared -fPIC -I"$DATA/../../../include" two.c -o two.so
$ tenon run m.tne -v --plugin two.so --shape latent:2x4x5x7 --random 1 --expect fast
2> has version '2' here and had '1': planning again
# PyTorch's own file of a network with a custom operator: the plug-in names its target.
$ tenon run $DATA/pixel_norm.pt2 --plugin pixel_norm.so --input $DATA/pixel_norm_x.npy --expect $DATA/pixel_norm_y.npy
> agrees
# A plug-in may also say what the operator means by operators there are; without any, all is told.
$ cc -O1 -shared -fPIC -I"$DATA/../../../include" "$DATA/rows.c" -o rows.so
$ tenon run $DATA/pixel_norm.pt2 --plugin rows.so --input $DATA/pixel_norm_x.npy --expect $DATA/pixel_norm_y.npy
> agrees
$ tenon check $DATA/pixel_norm.pt2
? 1
> this operator of PyTorch cannot be read; 2 nodes use it
> into it go 'x' f32[1,3,2,4], 'gain' f32[3] (constant); out of it come
# Two of one name, and a name that is taken.
$ tenon check m.tnt --plugin pixel_norm.so --plugin two.so
? 1
2> a plug-in 'pixel_norm' is loaded already
2> there is an operator 'PixelNorm' in domain 'com.example' already
2> there is a kernel of this name already
# What is no plug-in.
$ tenon check m.tnt --plugin none.so
? 1
2> cannot open 'none.so'
$ tenon check m.tnt --plugin two.c
? 1
2> two.c: this is not a shared library
2> cc -O2 -shared -fPIC
$ cc -O1 -c -fPIC -I"$DATA/../../../include" two.c -o two.o && tenon check m.tnt --plugin two.o
? 1
2> two.o: this is an object file
$ echo 'int x;' > empty.c && cc -shared -fPIC empty.c -o empty.so && tenon check m.tnt --plugin empty.so
? 1
2> not a plug-in of Tenon
2> TN_PLUGIN
$ sed 's/TN_PLUGIN_HERE/.abi = 99/' two.c > abi.c
$ cc -O1 -shared -fPIC -I"$DATA/../../../include" abi.c -o abi.so && tenon check m.tnt --plugin abi.so
? 1
2> interface version 99
2> compile it again
$ sed 's/TN_PLUGIN_HERE,/TN_PLUGIN_HERE, .op_bytes = 8,/' two.c > size.c
$ cc -O1 -shared -fPIC -I"$DATA/../../../include" size.c -o size.so && tenon check m.tnt --plugin size.so
? 1
2> was compiled with the tenon/ext.h of
$ sed 's/tn_call_parallel/tn_call_sideways/' two.c > undefined.c
$ cc -w -O1 -shared -fPIC -I"$DATA/../../../include" undefined.c -o undefined.so && tenon check m.tnt --plugin undefined.so
? 1
2> undefined symbol: tn_call_sideways
2> hint: compile it with this version's tenon/ext.h
