# What is built in, and where it lives.
$ tenon list
> src/op/softmax.c:
> src/pass/
$ tenon list ops Softmax
> src/op/softmax.c:
!> src/pass
$ tenon list softmax
> src/op/softmax.c:
$ tenon list passes dead
> dead.c:
$ tenon list ops --markdown
> | Softmax | 
> | `src/op/softmax.c` |
!> | tactic |
$ tenon list kernels Relu --markdown
> | tactic | `cpu.generic.eltwise.f32:Relu`
$ tenon list kernels Relu --json
json
> "cpu": "avx2"
$ tenon list ops Cast --json
json
> "types": "T1: f32 u8
$ tenon list --json
json
> "kind": "pass"
$ tenon list ops Sotfmax
? 1
2> did you mean 'Softmax'
$ tenon list things Softmax
? 2
2> none of ops, kernels, passes
$ TENON_TEST=1 tenon doctor
> CPU
> GFLOP/s
> TENON_TEST=1
$ tenon doctor --json
json
> "cores"
