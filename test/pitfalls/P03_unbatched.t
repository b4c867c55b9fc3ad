# A pool over [C,D,H,W] as the TorchScript exporter leaves it: three spatial dimensions on a tensor of four.
$ tenon check $DATA/P03_unbatched/maxpool3d/ts11.onnx
> taken as one image without a batch
$ tenon check $DATA/P03_unbatched/maxpool3d/dy20.onnx
!> without a batch
$ tenon check $DATA/P03_unbatched/avgpool2d/ts20.onnx
> taken as one image without a batch
# Of AdaptiveAvgPool2d(1) over [C,H,W] the TorchScript exporter leaves what means something else: told.
$ tenon check $DATA/P03_unbatched/adaptive/ts11.onnx
> the input has three dimensions, which means the last one is pooled; if PyTorch was given one image [C,H,W]
$ for m in $DATA/P03_unbatched/adaptive/dy20.onnx $DATA/P03_unbatched/pool1d/*.onnx; do tenon check $m; done
!> three dimensions
