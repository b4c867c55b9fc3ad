# The command line itself: help, suggestions, usage errors.
$ tenon
? 2
2> usage: tenon COMMAND
$ tenon --help
> conformance
> Exit status
$ tenon --version
> tenon 0.
$ tenon help run
> --expect DIR|[NAME=]FILE
> R = 1e-3
$ tenon run --help
> --expect DIR|[NAME=]FILE
$ tenon help --man
> .TH TENON 1
> \fB\-\-timing\-cache\fR
> TENON_THREADS
$ tenon help --completion | bash -n
$ tenon help --completion
> complete -o filenames -F _tenon tenon
$ tenon help buidl
? 2
2> did you mean 'build'
$ tenon chek x.onnx
? 2
2> unknown command 'chek'; did you mean 'check'?
# Names kept for later must not pretend to work.
$ for name in compare calibrate prune trtexec; do tenon $name x; [ $? -eq 2 ] || echo $name; done
!> compare
!> trtexec
2> unknown command 'compare'
$ tenon run --expects y.npy m.onnx
? 2
2> did you mean '--expect'?
$ tenon run m.onnx --filter Conv
? 2
2> it belongs to: conformance
$ tenon run
? 2
2> needs MODEL|ENGINE
$ tenon run a.onnx b.onnx
? 2
2> 'b.onnx'
$ tenon run m.onnx --input
? 2
2> --input needs a value
$ tenon run m.onnx --input --json
? 2
2> --input needs a value
$ tenon run m.onnx --rtol much
? 2
2> --rtol wants a number
$ tenon bench m.onnx --threads -1
? 2
2> wants a whole number
$ tenon check m.onnx --json=yes
? 2
2> takes no value
$ tenon --json check m.onnx
? 2
2> the command comes first
$ tenon check --max-memory 12Q m.onnx
? 2
2> a size such as 512M
$ TENON_THREADS=many tenon run m.onnx
? 2
2> TENON_THREADS wants
$ tenon run $DATA/affine.tnt --random 1 --cpu z80
? 2
2> z80
# Text from the command line is shown, not obeyed.
$ tenon "$(printf 'a\033[31mb')"
? 2
2> a\x1b[31mb
