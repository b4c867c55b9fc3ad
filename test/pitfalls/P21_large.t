# Weights beside the model, here the exporter's file with one weight made 6 GB: opened without reading them.
$ cp $DATA/P21_large/external/dy20.onnx $DATA/P21_large/external/dy20.onnx.data . && tenon run -q --no-timing dy20.onnx --input $DATA/P21_large/external/0 --expect $DATA/P21_large/external/0
$ cp $DATA/P21_large/huge/dy20.onnx . && truncate -s 6144000000 huge.data && tenon show --max-memory 50M dy20.onnx
> weights 1536000000 (6.1 GB)
