# Of FC and BatchNorm1d one Gemm is left, closer to PyTorch than 1e-5.
$ for m in $DATA/P05_batchnorm1d/fc_bn*/*.onnx; do tenon show -O $m | grep -E '^nodes|^ +[0-9]'; done | sort | uniq -c
> 4 nodes   1
> 4       1 Gemm
$ for m in $DATA/P05_batchnorm1d/arcface_tail/*.onnx; do tenon show -O $m; done
> 1 Gemm
!> BatchNormalization
!> Unsqueeze
$ for m in $DATA/P05_batchnorm1d/arcface/*.onnx; do tenon show -O $m; done
> Conv
> 1 Gemm
!> BatchNormalization
$ for c in fc_bn fc_bn_unmerged arcface arcface_tail; do for m in $DATA/P05_batchnorm1d/$c/*.onnx; do tenon run -q --no-timing $m --input $DATA/P05_batchnorm1d/$c/0 --expect $DATA/P05_batchnorm1d/$c/0 --rtol 1e-5 --atol 1e-5 || exit 1; done; done
