# Pictures: a 2x2 PNG (red, green / blue, white) and a 2x2 grey JPEG.
$ echo iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEklEQVR4nGP4z8DAAMIM/4EAAB/uBfsL2WiLAAAAAElFTkSuQmCC | base64 -d >p.png
$ echo /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQH/wAALCAACAAIBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AP//Z | base64 -d >g.jpg
$ tenon run $DATA/pixels.tnt --input p.png
> [255, 0, 0, 255, 0, 255, ...]
$ tenon run $DATA/pixels.tnt --input p.png --image-color bgr --image-mean 5 --image-scale 0.5
> [-2.5, -2.5, 125, 125, -2.5, 125, ...]
$ tenon run $DATA/pixels.tnt --input p.png --image-mean 255,0,0 --image-scale 1,2,3
> [0, -255, -255, 0, 0, 510, ...]
$ tenon run $DATA/pixels.tnt --input g.jpg
> min 128  max 128
# Grey wanted: the colours are weighed.
$ tenon run $DATA/bytes.tnt --input p.png
> same: u8[2,2,1]
$ tenon run $DATA/bytes.tnt --input g.jpg
> [128, 128, 128, 128]
$ tenon run $DATA/conv.tnt --input p.png
? 1
2> is 2 x 2 (height x width), input 'image' wants 8 x 8
$ tenon run $DATA/affine.tnt --input p.png
? 1
2> is no picture
$ tenon run $DATA/pixels.tnt --input p.png --image-layout chwn
? 2
2> nchw or nhwc
$ tenon run $DATA/pixels.tnt --input p.png --image-mean 1,2
? 2
2> one number or three
$ head -c 50 p.png >cut.png && tenon run $DATA/pixels.tnt --input cut.png
? 1
2> the PNG picture: 
$ head -c 100 g.jpg >cut.jpg && tenon run $DATA/pixels.tnt --input cut.jpg
? 1
2> the JPEG picture: 
# Other formats go by their names.
$ printf 'P5 2 2 255 \001\002\003\004' >g.pgm && tenon run $DATA/bytes.tnt --input g.pgm
> [1, 2, 3, 4]
# Bytes go into a first layer as they are, with the same numbers as by steps.
$ tenon run $DATA/stem.tnt --input p.png --image-color bgr --save steps --disable-pass blocked_image -q
$ tenon run $DATA/stem.tnt --input p.png --image-color bgr --expect steps --rtol 1e-6 --atol 1e-6
> agrees
$ tenon show $DATA/stem.tnt --text --optimized
> = tn.BlockedConv(%image, %w) {pads=[1,1,1,1], channels_last=1, scale=[
!> Cast(
