# Quantisation of activations stays where the model has it, zero points and all.
$ for m in $DATA/P25_quantised/qdq/*.onnx; do tenon show -O $m | grep -E 'Linear$'; done | sort | uniq -c
> 3       2 DequantizeLinear
> 3       2 QuantizeLinear
