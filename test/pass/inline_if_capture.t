# inline_if: a branch that hands an outer value on becomes an Identity where the output's name asks for it
graph "" {
  in %x: f32[N]
  const %c: bool[] = {0}
  %y = If(%c) {
    then_branch=graph {
      %a = Abs(%x)
      out %a
    },
    else_branch=graph {
      out %x
    }
  }
  out %y
}
=>
graph "" {
  in %x: f32[N]
  %y = Identity(%x)
  out %y
}
