# Latency, throughput, memory, and the table by layer.
$ tenon bench $DATA/conv.tnt --duration 0.05 --warm-up 1
> latency:
> median
> p99
> throughput:
> load:
$ tenon bench $DATA/conv.tnt --iterations 7 --warm-up 0 --json
json
> "runs": 7
> "median"
$ tenon bench $DATA/conv.tnt --iterations 3 --profile
> GFLOP/s
> Conv
$ tenon bench $DATA/conv.tnt --iterations 3 --profile --json
json
> "layers"
> "peak_gflops"
$ tenon build -q $DATA/conv.tnt -o c.tne && tenon bench c.tne --iterations 3 --threads 1
> threads:     1
!> build
