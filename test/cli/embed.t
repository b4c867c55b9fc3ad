# An engine within a program: the object's bytes are the engine's, aligned, under the name of the file.
$ tenon build -q $DATA/conv.tnt -o c.tne && tenon embed c.tne -o my-net.o
> my-net.o, my-net.h: my_net[
$ printf '#include "my-net.h"\n#include <stdint.h>\n#include <stdio.h>\nint main(void) { fwrite(my_net, 1, my_net_size, stdout); return (uintptr_t)my_net %% 64 != 0; }\n' >main.c; cc -Wall -Werror main.c my-net.o -o main && ./main | cmp - c.tne
$ tenon embed -q c.tne -o net.c && sed 's/my-net/net/; s/my_net/net/g' main.c >main2.c && cc -Wall -Werror main2.c net.c -o main2 && ./main2 | cmp - c.tne
$ tenon embed c.tne
? 2
2> -o NAME.o
$ tenon embed $DATA/conv.tnt -o x.o
? 1
2> is no engine
$ tenon embed c.tne -o no/such/x.o
? 1
2> cannot write no/such/x.o
# What running it takes, as -DTN_ONLY_OPS takes it.
$ tenon build -q $DATA/conv.tnt -o generic.tne --cpu generic --no-timing && tenon embed generic.tne --list-ops --cpu generic
> conv
> ;cpu_generic_conv_f32_
!> avx
$ tenon embed $DATA/conv.tnt --list-ops
? 1
2> is no engine
