# What lies in a weight file, the same in another format, and how two differ.
$ tenon weights ls $DATA/../../data/weights/state_dict.pth
> conv.weight                                      f32[2,1,3,3]
> norm.num_batches_tracked                         i64[]
> PyTorch: 9 tensors, 44 elements, 180 B
$ tenon weights ls $DATA/../../data/weights/module.pth --json
json
> "format": "PyTorch"
> "name": "head.1.weight"
$ tenon weights convert $DATA/../../data/weights/checkpoint.pt -o c.safetensors && tenon weights ls c.safetensors
> model.conv.weight
> optimizer.state.0.exp_avg
> safetensors:
$ tenon weights convert -q $DATA/../../data/weights/module.pth -o m.npz && tenon weights diff m.npz $DATA/../../data/weights/sharded
> 9 equal, 0 different, 0 in one file only
$ tenon weights convert -q m.npz -o m.wts && tenon weights diff m.wts $DATA/../../data/weights/model.wts
> 9 equal, 0 different, 0 in one file only
$ tenon weights diff m.wts m.npz
? 1
> norm.num_batches_tracked
> f32[1] and i64[]
> 8 equal, 1 different, 0 in one file only
$ tenon weights diff $DATA/../../data/weights/types.pth m.npz
? 1
2> left out: it is sparse
> only in
$ tenon weights diff m.npz c.safetensors --json
? 1
json
> "only_in": "m.npz"
$ printf '1\nconv.bias 2 3f800000 40000000\n' >b.wts; tenon weights diff m.wts b.wts
? 1
> conv.bias                                2 of 2 elements differ: max abs
$ tenon weights ls nowhere.pth
? 1
2> cannot open 'nowhere.pth'
$ tenon weights ls $DATA/conv.tnt
? 1
2> no weight file
$ tenon weights convert m.npz
? 2
2> -o FILE.safetensors
$ tenon weights convert m.npz -o m.txt
? 1
2> .safetensors, .npz or .wts
$ tenon weights show m.npz
? 2
2> none of ls, convert, diff
$ tenon weights diff m.npz
? 2
2> two files
# Weights as large as those of language models are mapped, not read: 6 GB within 50 MB.
$ { printf '\120\0\0\0\0\0\0\0'; printf '%-80s' '{"w":{"dtype":"F16","shape":[3145728000],"data_offsets":[0,6291456000]}}'; } > big.safetensors && truncate -s 6291456088 big.safetensors
$ ldd "$(command -v tenon)" | grep -q libasan || ulimit -d 50000; tenon weights ls big.safetensors
> 1 tensors, 3145728000 elements, 6.3 GB
