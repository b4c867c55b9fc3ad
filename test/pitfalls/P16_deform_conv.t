# Only the dynamo exporter has a word for it.
$ grep -c deform_conv2d $DATA/refused.txt
> 2
$ tenon show $DATA/P16_deform_conv/v2/dy19.onnx
> DeformConv
