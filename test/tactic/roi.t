# Regions of images brought to one size.
within 16 spread: RoiAlign

RoiAlign(f32[1,3,9,11], f32[3,4]{1,2,7,8,0,0,10,8,-3,4.5,2.25,12}, i64{0,0,0}) {output_height=3, output_width=4,
  sampling_ratio=2}
RoiAlign(f32[2,40,7,9], f32[4,4]{0,0,4,3,5,5,5,5,3,2,1,0.5,20,20,30,30}, i64{1,0,1,0}) {output_height=2,
  output_width=2, spatial_scale=0.5}
RoiAlign(f32[2,40,7,9], f32[3,4]{0,0,9,7,2,2.5,6,6,8,1,8.5,6}, i64{0,1,1}) {output_height=5, output_width=7,
  coordinate_transformation_mode="output_half_pixel"}
RoiAlign(f32[1,33,12,5], f32[2,4]{0,0,4,11,1,1,2,2}, i64{0,0}) {output_height=4, output_width=4, mode="max",
  sampling_ratio=3}
RoiAlign(f32[1,17,30,40], f32[2,4]{0,0,400,300,100,80,300,290}, i64{0,0}) {output_height=2, output_width=1,
  spatial_scale=0.1}
RoiAlign(f32[1,70,20,20], f32[1,4]{2,3,9,9}, i64{0}) {output_height=17, output_width=2, sampling_ratio=1, mode="max"}
RoiAlign(f32[1,5,4,4], f32[0,4], i64[0])
RoiAlign(f32[1,5,1,1], f32[1,4]{-0.5,-0.5,1,1}, i64{0}) {output_height=2, output_width=2, sampling_ratio=2}
