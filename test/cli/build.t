# From a model to an engine file, whole or not at all.
$ tenon build $DATA/conv.tnt -o conv.tne
> conv.tne:
> time: load
> peak memory:
$ ls
> conv.tne
!> tmp
$ tenon build $DATA/conv.tnt --json -o conv.tne
json
> "engine": "conv.tne"
> "peak_bytes"
$ tenon build -q $DATA/conv.tnt -o conv.tne
!> time
$ tenon build $DATA/conv.tnt
? 2
2> needs -o ENGINE
$ cp $DATA/conv.tnt model.tnt && tenon build model.tnt -o ./model.tnt
? 2
2> is the model itself
$ tenon build $DATA/conv.tnt -o no/such/folder.tne
? 1
2> no/such/folder.tne
$ tenon build $DATA/conv.tnt -o .
? 2
2> not a regular file
$ tenon build conv.tne -o again.tne
? 1
2> is an engine already
$ tenon build $DATA/bad.tnt -o bad.tne --json
? 1
json
> "op": "NoSuchOperator"
$ ls
!> bad.tne
!> again.tne
$ tenon build $DATA/conv.tnt -o conv.tne --explain
> c1 (
>   * cpu.
# Kernels that round more than a plain sum are left out on demand.
$ tenon build -q $DATA/blocked.tnt -o blocked.tne --explain --no-timing --timing-cache ''
>   * cpu.
!> exact kernels are asked for
$ tenon build -q $DATA/blocked.tnt -o blocked.tne --explain --no-timing --timing-cache '' --exact
>   * cpu.
> exact kernels are asked for
$ tenon build $DATA/conv.tnt -o conv.tne --explain --tactics cpu.generic.*
> c1 (
>   * cpu.generic
!>   * cpu.avx
$ tenon build $DATA/conv.tnt -o conv.tne --explain --tactics ref
> c1 (
!>   * cpu.
$ tenon bench conv.tne --random 1 -n 1 --profile
> ref
!> cpu.
$ tenon build $DATA/conv.tnt -o conv.tne --dump-passes
> # after dead
$ tenon build $DATA/conv.tnt -o conv.tne --dump-passes --disable-pass dead
!> # after dead
$ tenon build -q $DATA/affine.tnt -o a.tne --shape x:4x3 && tenon show a.tne
> x: f32[4,3]
$ tenon build -q $DATA/affine.tnt -o a.tne --min-shapes x:1x3 --opt-shapes x:8x3 --max-shapes x:64x3 && tenon show a.tne
> x: f32[N,3]
$ tenon build $DATA/affine.tnt -o a.tne --min-shapes y:1x3
? 2
2> there is no input 'y'
$ tenon build $DATA/affine.tnt -o a.tne --shape x:4x5
? 1
2> error
$ tenon build $DATA/conv.tnt -o c1.tne --timing-cache times -q && tenon build $DATA/conv.tnt -o c2.tne --timing-cache times -q && cmp c1.tne c2.tne
# Without a file of its own the cache is the user's: what is built and what is run choose the same kernels.
$ tenon build $DATA/conv.tnt -o d1.tne -q && tenon build $DATA/conv.tnt -o d2.tne -q && cmp d1.tne d2.tne && ls $XDG_CACHE_HOME/tenon
> timings
$ tenon run -q $DATA/conv.tnt --random 4 --save bits && tenon run d1.tne --random 4 --expect bits --rtol 0 --atol 0
> agrees
$ XDG_CACHE_HOME=/dev/null tenon build $DATA/conv.tnt -o d3.tne -q -v
$ XDG_CACHE_HOME= HOME= tenon build $DATA/conv.tnt -o d3.tne -q
$ tenon build $DATA/conv.tnt -o d3.tne -q --timing-cache=
# A limit on file sizes comes back as an error and leaves nothing behind.
$ mkdir small && (ulimit -f 0; tenon build $DATA/conv.tnt -o small/c.tne; echo "status $?") 2>&1 | cat
> small/c.tne
> status 1
$ ls small
!> c.tne
# Interrupted at any moment: the file is absent or whole.
$ mkdir cut && for k in 1 2 3 4 5 6; do timeout -s INT 0.00$k tenon build $DATA/conv.tnt -q -o cut/c.tne; done; if [ -e cut/c.tne ]; then tenon check -q cut/c.tne; fi
# what is not in the network any more leaves no trace in its engine: sizes that only data tells have no numbers there
$ tenon build $DATA/told.tnt -o told.tne --no-timing -q
$ sed 's/^  %m = /  %unused = NonZero(%x)\n&/' $DATA/told.tnt > told.tnt && tenon build told.tnt -o other.tne --no-timing -q
$ cmp told.tne other.tne
