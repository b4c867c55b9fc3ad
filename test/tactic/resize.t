# Resampling.
within 16 spread: Resize

Resize(f32[1,3,5,7], _, f32{1,1,2,2})
Resize(f32[2,3,5,7], _, _, i64{2,3,12,15})
Resize(f32[2,3,12,15], _, _, i64{2,3,5,7}) {nearest_mode="ceil"}
Resize(f32[1,3,5,7], _, f32{1,1,1.5,2.5}) {coordinate_transformation_mode="asymmetric", nearest_mode="floor"}
Resize(f32[1,3,5,7], _, f32{1,1,0.6,0.7}) {coordinate_transformation_mode="half_pixel_symmetric",
  nearest_mode="round_prefer_ceil"}
Resize(f32[1,3,5,7], _, _, i64{9,9}) {axes=[2,3], coordinate_transformation_mode="align_corners"}
Resize(f32[1,3,5,7], _, _, i64{9,9}) {axes=[2,3], keep_aspect_ratio_policy="not_larger"}
Resize(f32[1,5,7,3], _, f32{1,2,2,1})
Resize(i64[1,2,5], _, f32{1,1,3})
Resize(u8[1,2,5,5], _, f32{1,1,2,2})
Resize(f16[1,2,5,5], _, f32{1,1,2,2})
Resize(f32[1,2,6,6], f32{0,0,0.2,-0.3,1,1,0.9,1.2}, _, i64{1,2,5,7})
  {coordinate_transformation_mode="tf_crop_and_resize", extrapolation_value=9.5}
Resize(f32[1,6,6,2], f32{0,-0.2,-0.3,0,1,1.1,1.2,1}, _, i64{1,5,7,2})
  {coordinate_transformation_mode="tf_crop_and_resize", extrapolation_value=9.5}
Resize(f32[1,3,5,7], _, f32{1,1,2,2}) {mode="linear"}
Resize(f32[2,3,40,70], _, f32{1,1,2,2}) {mode="linear", coordinate_transformation_mode="align_corners"}
Resize(f32[2,3,5,7], _, _, i64{2,3,12,15}) {mode="linear",
  coordinate_transformation_mode="pytorch_half_pixel"}
Resize(f32[2,3,12,15], _, _, i64{2,3,5,1}) {mode="linear",
  coordinate_transformation_mode="pytorch_half_pixel"}
Resize(f32[1,5,7,3], _, f32{1,2.5,1.5,1}) {mode="linear", coordinate_transformation_mode="asymmetric"}
Resize(f32[1,5,7,30], _, f32{1,2.5,1,1}) {mode="linear"}
Resize(f32[2,3,4,5,6], _, f32{1,1,2,1.5,3}) {mode="linear"}
Resize(f32[1,2,5,7,16], _, f32{1,1,2,2,1}) {mode="linear"}
Resize(f32[1,2,5,7,16], _, f32{1,1,2,2,1}) {mode="linear", coordinate_transformation_mode="asymmetric"}
Resize(f32[1,9,8,32], _, f32{1,0.7,1.6,1}) {mode="linear", coordinate_transformation_mode="align_corners"}
Resize(f32[2,3,9], _, f32{1,1,2.2}) {mode="linear"}
Resize(f32[3,4,5,6], _, _, i64{5,6,7,8}) {mode="linear"}
Resize(f32[1,3,5,7], _, f32{1,1,1,1.1}) {mode="linear"}
Resize(f32[1,3,5,7], _, f32{1,1,1,1})
Resize(f16[1,3,5,7], _, f32{1,1,2,2}) {mode="linear"}
Resize(bf16[1,3,5,7], _, f32{1,1,2,2}) {mode="linear"}
Resize(f32[1,2,6,6], f32{0,0,0.2,-0.3,1,1,0.9,1.2}, _, i64{1,2,5,7}) {mode="linear",
  coordinate_transformation_mode="tf_crop_and_resize", extrapolation_value=0.5}
Resize(f32[1,6,6,2], f32{0,-0.2,-0.3,0,1,1.1,1.2,1}, _, i64{1,5,7,2}) {mode="linear",
  coordinate_transformation_mode="tf_crop_and_resize", extrapolation_value=0.5}
Resize(f32[1,3,5,7], _, f32{1,1,2,2}) {mode="cubic"}
Resize(f32[1,3,5,7], _, f32{1,1,0.8,0.8}) {mode="cubic", cubic_coeff_a=-0.5, exclude_outside=1}
Resize(f32[1,2,2,9], _, _, i64{1,2,7,20}) {mode="cubic", coordinate_transformation_mode="align_corners"}
Resize(f32[1,3,9,9], _, f32{1,1,0.5,0.5}) {mode="linear", antialias=1}
Resize(f32[0,3,9,9], _, f32{1,1,2,2}) {mode="linear"}
