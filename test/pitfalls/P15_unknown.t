# All of them at once; the dynamo exporter wrote down the line in Python.
$ tenon check $DATA/P15_unknown/ts/ts17.onnx
? 1
> node '/Foo'
> 2 nodes use it: '/Foo', '/Foo_1'
> there is no operator 'Foo' in domain 'custom.dom'
$ tenon check $DATA/P15_unknown/dy/dy20.onnx
? 1
> from pitfall_parts.py:
# A plug-in of some 25 lines is all that is missing (a .pt2 with an operator of its own: test/cli/plugin.t).
$ cc -O1 -shared -fPIC -I"$DATA/../../../include" "$DATA/../foo.c" -o foo.so
$ tenon run --no-timing $DATA/P15_unknown/ts/ts17.onnx --plugin ./foo.so --input $DATA/P15_unknown/ts/with0 --expect $DATA/P15_unknown/ts/with0
> agrees
$ tenon check $DATA/P15_unknown/dy/dy20.onnx --plugin ./foo.so
> accepted
