# dead: nodes of a body are removed, and then what only they captured
graph "" {
  in %c: bool[]
  in %x: f32[N]
  %e = Exp(%x)
  %y = If(%c) {
    then_branch=graph {
      %unread = Neg(%e)
      %t = Relu(%x)
      out %t
    },
    else_branch=graph {
      %f = Abs(%x)
      out %f
    }
  }
  out %y
}
=>
graph "" {
  in %c: bool[]
  in %x: f32[N]
  %y = If(%c) {
    then_branch=graph {
      %t = Relu(%x)
      out %t
    },
    else_branch=graph {
      %f = Abs(%x)
      out %f
    }
  }
  out %y
}
