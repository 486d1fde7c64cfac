"""Diffusion of mixed-type rows: schedule, kernels, loss, guidance and sampler. It needs torch only.

`gaussian` is the kernel of numerical columns and `multinomial` that of categorical columns. `schedule` says how much
noise each step adds. `loss` trains a denoiser, `guidance` steers it, and `sampler` draws rows with it.
`process.Diffusion` binds all of them to one network.

Shapes stand in brackets: B rows, d_num numerical and d_cat categorical columns, K categories of a column, N sensitive
attributes, C distinct cases of step and conditions.
"""
