# half: attention computes, with its masks and caches; absent inputs stay absent
graph "" {
  in %q: f16[1,2,4,8]
  in %mask: f16[4,6]
  in %past: f16[1,2,2,8]
  in %r: bf16[1,1,32]
  in %k: bf16[1,1,16]
  const %n: i32[1] = {0}
  const %all: i32[] = {1}
  %y, %keys, %values = Attention(%q, %q, %q, %mask, %past, %past)
  %z, %a, %b = com.microsoft.GroupQueryAttention(%r, %k, %k, _, _, %n, %all) {num_heads=4, kv_num_heads=2}
  out %y
  out %keys
  out %z
}
=>
graph "" {
  in %q: f16[1,2,4,8]
  in %mask: f16[4,6]
  in %past: f16[1,2,2,8]
  in %r: bf16[1,1,32]
  in %k: bf16[1,1,16]
  const %n: i32[1] = {0}
  const %all: i32[] = {1}
  %t.0 = Cast(%q) {to=1}
  %t.1 = Cast(%mask) {to=1}
  %t.2 = Cast(%past) {to=1}
  %t.3, %t.4, %t.5 = Attention(%t.0, %t.0, %t.0, %t.1, %t.2, %t.2)
  %y = Cast(%t.3) {to=10}
  %keys = Cast(%t.4) {to=10}
  %t.6 = Cast(%r) {to=1}
  %t.7 = Cast(%k) {to=1}
  %t.8, %t.9, %t.10 = com.microsoft.GroupQueryAttention(%t.6, %t.7, %t.7, _, _, %n, %all) {num_heads=4, kv_num_heads=2}
  %z = Cast(%t.8) {to=16}
  out %y
  out %keys
  out %z
}
