# identity: Identity, Dropout in inference and a Cast to the same type go
graph "" {
  in %x: f32[N,3]
  %a = Identity(%x)
  %b = Dropout(%a)
  %c = Cast(%b) {to=1}
  %y = Relu(%c)
  out %y
}
=>
graph "" {
  in %x: f32[N,3]
  %y = Relu(%x)
  out %y
}
