# blocked_image: not where others read what is between or the arithmetic is not by channel; where rows and columns are turned, only up to there
graph "" {
  in %x: u8[1,3,9,9]
  in %l: u8[1,9,9,3]
  const %w: f32[16,3,3,3] = {0.1...}
  const %half: f32[] = {0.5}
  const %map: f32[9,9] = {2...}
  %f = Cast(%x) {to=1}
  %s = Mul(%f, %half)
  %a = tn.BlockedConv(%s, %w)
  %b = Cast(%x) {to=1}
  %c = tn.BlockedConv(%b, %w)
  %d = tn.BlockedConv(%b, %w) {pads=[1,1,1,1]}
  %e = Transpose(%l) {perm=[0,3,2,1]}
  %g = Cast(%e) {to=1}
  %h = tn.BlockedConv(%g, %w)
  %i = Cast(%x) {to=1}
  %j = Mul(%i, %map)
  %k = tn.BlockedConv(%j, %w)
  out %s
  out %a
  out %c
  out %d
  out %h
  out %k
}
=>
graph "" {
  in %x: u8[1,3,9,9]
  in %l: u8[1,9,9,3]
  const %w: f32[16,3,3,3] = {0.1...}
  const %half: f32[] = {0.5}
  const %map: f32[9,9] = {2...}
  %f = Cast(%x) {to=1}
  %s = Mul(%f, %half)
  %a = tn.BlockedConv(%s, %w)
  %b = Cast(%x) {to=1}
  %c = tn.BlockedConv(%b, %w)
  %d = tn.BlockedConv(%b, %w) {pads=[1,1,1,1]}
  %e = Transpose(%l) {perm=[0,3,2,1]}
  %h = tn.BlockedConv(%e, %w)
  %i = Cast(%x) {to=1}
  %j = Mul(%i, %map)
  %k = tn.BlockedConv(%j, %w)
  out %s
  out %a
  out %c
  out %d
  out %h
  out %k
}
