# A pool over [C,D,H,W] as the TorchScript exporter leaves it: three spatial dimensions on a tensor of four.
$ tenon check $DATA/P03_unbatched/maxpool3d/ts11.onnx
> taken as one image without a batch
$ tenon check $DATA/P03_unbatched/maxpool3d/dy20.onnx
!> without a batch
$ tenon check $DATA/P03_unbatched/avgpool2d/ts20.onnx
> taken as one image without a batch
