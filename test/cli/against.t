# The table needs a oneDNN; what is told without one, or with a wrong one, does not.
$ TENON_ONEDNN=/nowhere/libdnnl.so tenon bench $DATA/conv.tnt --against onednn
? 1
2> error: --against onednn: TENON_ONEDNN: /nowhere/libdnnl.so
!> ours
$ printf 'int dnnl_get_effective_cpu_isa(void) { return 1; }\nstatic struct { int v[3]; const char *h; unsigned cpu, gpu; } version = {{1, 9, 0}, "", 2, 0};\nconst void *dnnl_version(void) { return &version; }\n' > old.c
$ cc -shared -fPIC old.c -o old.so && TENON_ONEDNN=./old.so tenon bench $DATA/conv.tnt --against onednn
? 1
2> oneDNN 2.4 to 3.x is needed; the one found is 1.9.0
$ sed 's/{1, 9, 0}, "", 2/{3, 5, 0}, "", 512/' old.c > sycl.c && cc -shared -fPIC sycl.c -o sycl.so && TENON_ONEDNN=./sycl.so tenon bench $DATA/conv.tnt --against onednn
? 1
2> this one is for SYCL
$ sed 's/{1, 9, 0}/{3, 5, 0}/' old.c > bare.c && cc -shared -fPIC bare.c -o bare.so && TENON_ONEDNN=./bare.so tenon bench $DATA/conv.tnt --against onednn
? 1
2> this libdnnl lacks dnnl_
$ TENON_ONEDNN=/nowhere/libdnnl.so tenon list onednn.conv.f32 --plugin "$(dirname "$(realpath "$TENON")")/lib/tenon/onednn.so"
> unavailable: TENON_ONEDNN: /nowhere
# Any plug-in will do.
$ cc -O1 -shared -fPIC -I"$DATA/../../../include" "$DATA/../../../examples/plugin/pixel_norm.c" -o pixel_norm.so
$ cp "$DATA/../../../examples/plugin/pixel_norm.tnt" m.tnt
$ tenon bench m.tnt --shape latent:2x4x5x7 --against ./pixel_norm.so
> ours against pixel_norm
> no layer in which both
$ tenon bench m.tnt --shape latent:2x4x5x7 --against ./pixel_norm.so --json
json
> "compared": 0
# A kernel of the plug-in's beside ours: both are timed, whatever their rank.
$ printf '#include <tenon/ext.h>\nstatic tn_status run(tn_call *c) { const float *x = c->in[0]->data; float *y = c->out[0]->data; for (int64_t i = 0; i < tn_count(c->in[0]); i++) y[i] = x[i] > 0 ? x[i] : 0; return TN_OK; }\nTN_TACTIC(r) = {TN_HERE, .name = "mine.relu", .op = "Relu", .doc = "mine", .rank = -5, .run = run};\nTN_PLUGIN = {TN_PLUGIN_HERE, .name = "mine", .tactics = TN_TACTICS(&tn_tactic_r)};\n' > mine.c
$ cc -O2 -shared -fPIC -I"$DATA/../../../include" mine.c -o mine.so
$ printf 'graph "g" {\n in %%x: f32[4,999]\n %%y = Relu(%%x)\n out %%y\n}\n' > relu.tnt
$ tenon bench relu.tnt --against ./mine.so
> Relu
> in 1 layers
$ tenon bench relu.tnt --against ./mine.so --json
json
> "kernel": "mine.relu"
> "compared": 1
> "geomean"
$ tenon bench relu.tnt --against nothing
? 2
2> no plug-in of that name comes with Tenon
$ tenon bench relu.tnt --against ./mine.so --no-timing
? 2
2> --against is all timing
$ tenon build -q relu.tnt -o r.tne && tenon bench r.tne --against ./mine.so
? 2
2> --against needs the model
