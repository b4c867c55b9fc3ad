# The batch normalisation behind is in the weights, whatever the groups, strides and output padding.
$ for m in $DATA/P19_conv_transpose/*/*.onnx; do tenon show -O $m; done
> 1 tn.ConvTranspose
!> BatchNormalization
$ tenon show $DATA/P19_conv_transpose/k4_s2_p0_g2/ts11.onnx
> ConvTranspose
# So is the activation.
$ for m in $DATA/P19_conv_transpose/*/*.onnx; do tenon show -O --text $m | grep activation; done | grep -c '"Relu"'
> 21
$ for m in $DATA/P19_conv_transpose/*/*.onnx; do tenon show -O $m; done
!> Relu
