# inline_if: the branch that is taken stands in place of the If, its constants and nested bodies with it
graph "" {
  in %x: f32[N]
  in %d: bool[]
  const %c: bool[] = {1}
  %r = Relu(%x)
  %y = If(%c) {
    then_branch=graph {
      const %two: f32[] = {2}
      %m = Mul(%r, %two)
      %n = If(%d) {
        then_branch=graph {
          %p = Add(%m, %two)
          out %p
        },
        else_branch=graph {
          %q = Neg(%m)
          out %q
        }
      }
      out %n
    },
    else_branch=graph {
      %e = Abs(%x)
      out %e
    }
  }
  %z = Exp(%y)
  out %z
}
=>
graph "" {
  in %x: f32[N]
  in %d: bool[]
  const %two: f32[] = {2}
  %r = Relu(%x)
  %m = Mul(%r, %two)
  %n = If(%d) {
    then_branch=graph {
      %p = Add(%m, %two)
      out %p
    },
    else_branch=graph {
      %q = Neg(%m)
      out %q
    }
  }
  %z = Exp(%n)
  out %z
}
