# The batch normalisation behind is in the weights, whatever the groups, strides and output padding.
$ for m in $DATA/P19_conv_transpose/*/*.onnx; do tenon show -O $m; done
> 1 ConvTranspose
!> BatchNormalization
$ tenon show $DATA/P19_conv_transpose/k4_s2_p0_g2/ts11.onnx
> ConvTranspose
