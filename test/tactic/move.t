# What only moves elements.

Gather(f32[5,70], i64{0,3,-1,3})
Gather(f32[3,70], i64[2,3]{0,69,-1,-70,5,5}) {axis=1}
Gather(f16[2,9,3], i32{8,0,-9}) {axis=1}
Gather(u8[4,5], i64[1,2]{-1,2}) {axis=1}
Gather(f64[4,5], i64[]{3}) {axis=-1}
Gather(bool[9], i64{1,2,3,4})
Gather(i64[2,0,3], i64{0,1})
Gather(f32[2,0,3], i64{1}) {axis=2}
Gather(f32[700,300], i64{5,699,0,5,17,300,4,2,1}) {axis=0}
Gather(f32[700,300], i64{5,299,0,5,17,-300,4,2,1}) {axis=1}

Transpose(f32[7,9])
Transpose(f32[64,48])
Transpose(f32[33,130])
Transpose(f64[40,23])
Transpose(f64[3,70])
Transpose(f16[37,66])
Transpose(bf16[5,4])
Transpose(u8[130,67])
Transpose(i8[9,15])
Transpose(c128[9,5])
Transpose(f32[2,5,6,16]) {perm=[0,2,1,3]}
Transpose(f32[2,5,6,64]) {perm=[0,2,1,3]}
Transpose(f16[2,5,6,24]) {perm=[0,2,1,3]}
Transpose(f32[2,19,23,3]) {perm=[0,3,1,2]}
Transpose(u8[1,19,23,3]) {perm=[0,3,1,2]}
Transpose(f32[2,3,19,23]) {perm=[0,2,3,1]}
Transpose(u8[1,4,190,23]) {perm=[0,2,3,1]}
Transpose(f32[2,20,5,18]) {perm=[0,2,3,1]}
Transpose(f32[2,3,4,5,6]) {perm=[4,2,0,3,1]}
Transpose(f32[2,2,2,2,2,2,2,2,2]) {perm=[8,6,4,2,0,1,3,5,7]}
Transpose(f32[1000,300]) {perm=[1,0]}
Transpose(f32[12,9000])
Transpose(f32[9000,12])
Transpose(i64[300,2,130]) {perm=[2,1,0]}
Transpose(f32[0,7])
Transpose(f32[])
Transpose(bool[17,16])

Concat(f32[2,3,7], f32[2,1,7], f32[2,4,7]) {axis=1}
Concat(f32[3,5], f32[4,5]) {axis=0}
Concat(u8[3,5], u8[3,1], u8[3,0]) {axis=-1}
Concat(f16[300,500], f16[300,77]) {axis=1}
Concat(i64[2,1], i64[2,1], i64[2,1], i64[2,1], i64[2,1], i64[2,1], i64[2,1]) {axis=1}
Concat(f64[5]) {axis=0}
Concat(u8[700,1], u8[700,2], u8[700,3], u8[700,5], u8[700,15], u8[700,17], u8[700,63]) {axis=1}
Concat(u8[9,5,65], u8[9,5,127], u8[9,5,129], u8[9,5,1023]) {axis=2}
Concat(f32[3000,30], f32[3000,31]) {axis=1}

y, z = Split(f32[4], i64{1,3}) {axis=0}
y, z, w = Split(f32[3,10,7]) {axis=1}
y, z = Split(u8[300,1000], i64{0,1000}) {axis=1}
a, b, c, d, e, f = Split(f16[3,12]) {axis=1}

Slice(f32[5,70], i64{1,3}, i64{4,60})
Slice(f32[5,70], i64{-1,-1}, i64{-9223372036854775807,0}, i64{0,1}, i64{-1,-3})
Slice(u8[5,70], i32{69}, i32{-2147483647}, i32{1}, i32{-1})
Slice(f64[9,9], i64{0}, i64{9}, i64{1}, i64{2})
Slice(f16[3,300,300], i64{0,1}, i64{300,300}, i64{1,2}, i64{2,2})
Slice(f32[5,7], i64{3}, i64{3})

Pad(f32[2,3,5,7], i64{0,0,1,2,0,0,3,4})
Pad(f32[2,3,5,7], i64{0,0,1,2,0,0,3,4}, f32[])
Pad(f32[2,3,5,7], i64{1,0,-1,2,0,1,3,-4}, f32[])
Pad(f32[2,3,5,7], i64{0,1,4,6,0,1,4,6}) {mode="reflect"}
Pad(f32[2,3,5,7], i64{1,1,9,2,1,1,3,8}) {mode="edge"}
Pad(f32[2,3,5,7], i64{0,0,5,2,0,0,3,7}) {mode="wrap"}
Pad(u8[40,50], i64{3,2}, u8[], i64{1}) {mode="reflect"}
Pad(f32[40,50], i64{-3,2}, _, i64{-2}) {mode="edge"}
Pad(f16[3,300,300], i64{0,1,1,0,1,1})
Pad(u8[2,400,350], i64{0,3,3,0,2,5}) {mode="edge"}
Pad(f64[2,200,130], i64{0,3,70,0,2,5}, f64[])
Pad(i64[0,3], i64{2,1,0,0}, i64[])
Pad(f32[3,4], i64{-3,0,0,2}, f32[])

Expand(f32[3,1], i64{2,3,40})
Expand(f32[1,5], i64{3,1})
Expand(u8[], i64{300,1001})
Expand(f64[2,1,3], i64{2,7,3})
Expand(c128[2,1], i64{2,7})
Expand(f16[4,1,1], i64{4,0,6})

Tile(f32[3,5], i64{2,3})
Tile(u8[3,5,2], i64{1,1,7})
Tile(f32[2,16], i64{40,1})
Tile(f16[2,1,3], i64{2,0,1})
Tile(f32[3,4,5,6], i64{1,1,2,3})
Tile(u8[16,3], i64{50,70})
Tile(f64[2,3,2], i64{3,1,5})
Tile(f32[5,40], i64{2,9})
Tile(c128[4,3], i64{3,4})
Tile(u8[1,70000], i64{2,2})
Tile(f32[2,1,130,1], i64{3,2,1,4})

DepthToSpace(f32[2,12,5,17]) {blocksize=2}
DepthToSpace(f32[2,12,5,7]) {blocksize=2, mode="CRD"}
DepthToSpace(u8[1,9,5,40]) {blocksize=3}
DepthToSpace(f32[1,64,40,40]) {blocksize=4, mode="CRD"}

SpaceToDepth(f32[2,3,10,34]) {blocksize=2}
SpaceToDepth(f16[1,1,9,15]) {blocksize=3}
SpaceToDepth(f32[1,3,320,320]) {blocksize=2}
SpaceToDepth(u8[1,2,12,70]) {blocksize=2}
SpaceToDepth(f16[1,2,6,38]) {blocksize=2}

GatherElements(f32[3,4], i64[2,2]{0,-1,2,1}) {axis=0}
GatherElements(f32[3,4], i64[3,2]{0,-1,2,1,-4,3}) {axis=1}
GatherElements(u8[2,3,4], i32[2,1,2]{0,1,2,-3}) {axis=1}
GatherElements(f64[5], i64{4,0,-5}) {axis=-1}
GatherElements(f16[2,3], i64[1,3]{1,0,-1})
GatherElements(c128[2,2], i64[2,1]{1,0}) {axis=1}
GatherElements(f32[0,3], i64[0,3]{})
GatherElements(f32[2,0], i64[1,0]{}) {axis=1}

ScatterND(f32[8], i64[4,1]{4,3,-1,4}, f32[4])
ScatterND(f32[4,5,6], i64[2,1]{2,3}, f32[2,5,6])
ScatterND(f16[4,5], i64[3,2]{0,1,0,2,-1,-5}, f16[3])
ScatterND(i64[2,3,4], i64[2,2,2]{0,0,0,1,1,2,1,1}, i64[2,2,4])
ScatterND(u8[9], i64[0,1]{}, u8[0])
ScatterND(f32[3,0], i64[1,1]{1}, f32[1,0])
ScatterND(f32[3,4], i64[1,0]{}, f32[1,3,4])

tn.Update(f32[4,9], f32[2,3]) {starts=[1,2], steps=[2,3]}
tn.Update(f32[4,9,5], f32[4,3,5]) {starts=[0,6,0], steps=[1,1,1], add=1}
tn.Update(f32[4,9], f32[2,5]) {starts=[2,0], steps=[1,2], add=1}
tn.Update(i64[7], i64[3]) {starts=[0], steps=[3]}
tn.Update(f16[3,4], f16[0,4]) {starts=[3,0], steps=[1,1]}
tn.Update(bool[], bool[]) {starts=[], steps=[]}

Trilu(f32[3,20,33])
Trilu(f32[20,33], i64{-3}) {upper=0}
Trilu(u8[33,20], i64{5})
Trilu(i64[2,7,7], i64{9223372036854775807}) {upper=0}
Trilu(f16[2,7,7], i64{-9223372036854775807})

ScatterElements(f32[3,4], i64[2,2]{0,-1,2,1}, f32[2,2]) {axis=0}
ScatterElements(f32[3,4], i64[3,2]{0,-1,2,1,-4,3}, f32[3,2]) {axis=1}
ScatterElements(u8[2,3,4], i32[2,1,2]{0,1,2,-3}, u8[2,1,2]) {axis=1}
ScatterElements(f64[5], i64{4,0,-5}, f64[3]) {axis=-1}
ScatterElements(f16[2,3], i64[1,3]{1,0,-1}, f16[1,3])
ScatterElements(c128[2,2], i64[2,1]{1,0}, c128[2,1]) {axis=1}
ScatterElements(f32[3,4], i64[3,3]{0,0,0,1,1,1,-4,-4,3}, f32[3,3]) {axis=1,reduction="add"}
ScatterElements(f32[2,0], i64[1,0]{}, f32[1,0]) {axis=1}
