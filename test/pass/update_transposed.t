# update, fold_const, transpose, identity: between Transposes, of a value and of a constant
graph "" {
  in %x: f32[4,5]
  in %u: f32[5,2]
  const %z: f32[5,4] = {0...}
  %t = Transpose(%x) {perm=[1,0]}
  %a = tn.Update(%t, %u) {starts=[0,1], steps=[1,2]}
  %y = Transpose(%a) {perm=[1,0]}
  %v = Transpose(%x) {perm=[1,0]}
  %w = tn.Update(%z, %v) {starts=[0,0], steps=[1,1], add=1}
  out %y
  out %w
}
=>
graph "" {
  in %x: f32[4,5]
  in %u: f32[5,2]
  const %t.0: f32[4,5] = {0...}
  %t.1 = Transpose(%u) {perm=[1,0]}
  %y = tn.Update(%x, %t.1) {starts=[1,0], steps=[2,1]}
  %t.2 = tn.Update(%t.0, %x) {starts=[0,0], steps=[1,1], add=1}
  %w = Transpose(%t.2) {perm=[1,0]}
  out %y
  out %w
}
