# All of them at once; the dynamo exporter wrote down the line in Python.
$ tenon check $DATA/P15_unknown/ts/ts17.onnx
? 1
> node '/Foo'
> 2 nodes use it: '/Foo', '/Foo_1'
> there is no operator 'Foo' in domain 'custom.dom'
$ tenon check $DATA/P15_unknown/dy/dy20.onnx
? 1
> from make_pitfalls.py:
