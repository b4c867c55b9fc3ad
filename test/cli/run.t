# Inputs from files and at random; outputs printed, saved, compared.
$ tenon run $DATA/affine.tnt
? 2
2> these inputs have no value
2> x: f32[N,3]
# 1, 2, 3 as raw little-endian floats; the open dimension comes from the file's size.
$ printf '\0\0\200?\0\0\0@\0\0@@' >x.bin && tenon run $DATA/affine.tnt --input x.bin
> y: f32[1,3]  min 1  max 9  mean 4.66667  [1, 4, 9]
> z/sum:0: f32[]  min 14
$ tenon run $DATA/affine.tnt --input x=x.bin -q
!> y:
$ tenon run $DATA/affine.tnt -i nowhere=x.bin
? 2
2> no such input
2> inputs are: x
$ tenon run $DATA/affine.tnt -i x.bin -i x.bin
? 2
2> every input has a file already
$ tenon run $DATA/affine.tnt -i missing.npy
? 1
2> missing.npy
# Random values: the same everywhere, in range, of the shape asked for.
$ tenon run $DATA/affine.tnt --random 7 --shape x:2x3
> y: f32[2,3]  min -1.52377  max 1.09827
$ tenon run $DATA/affine.tnt --random 7 --shape 2x3
> y: f32[2,3]  min -1.52377  max 1.09827
$ tenon run $DATA/affine.tnt --random 7
2> --random takes [1,3]
> y: f32[1,3]
$ tenon run $DATA/affine.tnt --random 7 --shape x:2x
? 2
2> --shape wants NAME:DIMS
$ tenon run $DATA/affine.tnt --random 7 --shape q:2x3
? 2
2> there is no input 'q'
$ tenon run $DATA/mixed.tnt --random 3
> r: f32[2,2]
> i: i64[3]
> u: u8[]
$ tenon run $DATA/mixed.tnt --random 3 --json
json
> "name": "r"
> "type": "i64"
$ tenon run $DATA/seq.tnt --random 1
> sequence of 4 f32
> item 3: f32[1]
# Saving names files after outputs and makes the folder.
$ tenon run $DATA/affine.tnt --random 7 --shape 2x3 --save deep/er/out && ls deep/er/out
> y.npy
> z_sum_0.npy
$ tenon run $DATA/affine.tnt --random 7 --shape 2x3 --expect deep/er/out
> agrees with deep/er/out/y.npy
> agrees with deep/er/out/z_sum_0.npy
$ tenon run $DATA/affine.tnt --random 8 --shape 2x3 --expect y=deep/er/out/y.npy
? 1
2> 'y' differs from deep/er/out/y.npy: 6 of 6 elements out of tolerance, worst at [0,1]
2> nothing is expected of 'z/sum:0'
$ tenon run $DATA/affine.tnt --random 8 --shape 2x3 --expect deep/er/out --rtol 0 --atol 10
> agrees
$ tenon run $DATA/affine.tnt --random 8 --shape 2x3 --expect deep/er/out --json
? 1
json
> "passed": false
> "worst_index"
2> differs
$ tenon run $DATA/affine.tnt --random 7 --shape 4x3 --expect deep/er/out/y.npy
? 1
2> 'y' is f32[4,3]
2> holds f32[2,3]
$ mkdir none && tenon run $DATA/affine.tnt --random 7 --expect none
? 1
2> none holds no file for any output
# A folder feeds inputs by number; what was saved can be fed.
$ mkdir in && cp deep/er/out/y.npy in/input_0.npy && tenon run $DATA/affine.tnt --input in
> y: f32[2,3]
# A tensor inside the network.
$ tenon run $DATA/conv.tnt --random 1 --tap r1 --save taps && ls taps
> r1: f32[1,4,8,8]
> probs.npy
> r1.npy
$ tenon run $DATA/conv.tnt --random 1 --tap nosuch
? 1
2> nosuch
# An engine gives the very bits.
$ tenon build -q $DATA/conv.tnt -o c.tne --no-timing && tenon run -q $DATA/conv.tnt --no-timing --random 1 --save bits && tenon run c.tne --random 1 --expect bits --rtol 0 --atol 0
> agrees with bits/probs.npy: max |d| 0,
$ tenon run c.tne --random 1 --threads 1 --expect bits --rtol 0 --atol 0
> agrees
$ tenon run c.tne --random 1 --threads 3 --no-spin --expect bits --rtol 0 --atol 0
> agrees
# What cannot be written is a failure.
$ tenon run $DATA/affine.tnt --random 1 --save /dev/null/x
? 1
2> cannot make the folder
$ tenon run $DATA/affine.tnt --random 1 >/dev/full
? 1
2> cannot write standard output
$ tenon help --man | head -n 1
> Generated
# Names that would move the cursor or pretend to be messages.
$ tenon run $DATA/hostile.tnt --random 1
> ../up\nhint: trust me: f32[2]
$ tenon run $DATA/hostile.tnt
? 2
2> in\x1b[31m\x07: f32[2]
$ tenon run $DATA/hostile.tnt --random 1 --json
json
> "../up\u000ahint: trust me"
$ tenon run $DATA/hostile.tnt --random 1 --save safe && ls safe | wc -l
> 2
# A branch that does not suit the shapes at hand is an error only when it runs.
$ tenon check $DATA/branch.tnt
> accepted
> branch.tnt: Add: node 'b'
> it fails only when that runs
$ printf '\0\0\200?\0\0\0@' >x.bin && printf '\001' >yes.bin && printf '\0' >no.bin
$ tenon build $DATA/branch.tnt -o b.tne --no-timing && tenon run b.tne -i c=yes.bin -i x=x.bin
> z: f32[2]  min 1  max 2
$ tenon run b.tne -i c=no.bin -i x=x.bin
? 1
2> error:
2> Add: node 'b'
2> shapes do not broadcast: 2 against 3
$ tenon run $DATA/branch.tnt -i c=no.bin -i x=x.bin
? 1
2> shapes do not broadcast: 2 against 3
# A tap in a branch that does not run.
$ tenon run $DATA/branch.tnt -i c=yes.bin -i x=x.bin --tap d --tap a --save branch && ls branch
> a: f32[2]
> z.npy
!> d.npy
2> warning: 'd' has no value: what would make it did not run
$ tenon run $DATA/branch.tnt -i c=yes.bin -i x=x.bin --tap d --expect d=x.bin
? 1
2> 'd' cannot be compared: it has no value
$ tenon run $DATA/branch.tnt -i c=yes.bin -i x=x.bin --tap d --json
json
# A model that quantises: a step more or less is no mismatch, three in four are.
$ tenon run $DATA/steps.tnt --random 5 --shape x:4 --save steps -q && tenon run $DATA/steps.tnt --random 5 --expect steps
> agrees
$ printf '\0\0\200?\0\0\0?\0\0\0\0\0\0\200>' >x4.bin && printf '\343\245\177?\0\0\0?\0\0\0\0\0\0\200>' >near.bin && printf '\144\62\2\32' >q.bin
$ tenon run $DATA/steps.tnt -i x4.bin --expect y=near.bin --expect q=q.bin
> agrees
$ printf '\144\62\20\32' >q.bin && tenon run $DATA/steps.tnt -i x4.bin --expect q=q.bin
? 1
2> worst at [2]: got 0, expected 16
$ tenon run $DATA/steps.tnt -i x4.bin --expect y=x4.bin --atol 0 --rtol 0
# Every output has a file of its own, whatever it is called.
$ tenon run $DATA/names.tnt --random 1 --save names -q && ls names | wc -l && ls names
> 5
> a_b.npy
> a_b_1.npy
# A fast kernel refuses what its operator refuses.
$ tenon run $DATA/columns.tnt --random 1
? 1
2> the blocks do not fit dimension 0 of the image
