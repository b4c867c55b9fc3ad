# SPDX-License-Identifier: Apache-2.0
# zoo_cases.py - the networks of test_zoo.py: how each is made with random weights, and on what it is exported.
import dataclasses
import importlib.util
import os
import re
import typing

import torch
import torch.nn.functional as F
from torch.export import Dim


@dataclasses.dataclass
class Case:
    family: str
    name: str
    make: typing.Callable  # -> model, args, kwargs, dynamic shapes or None
    other: typing.Callable = None  # inputs of other sizes, where they may change
    more: typing.Callable = None  # a list of inputs of the same sizes, which are compared too

    @property
    def stem(self):  # of its files
        return re.sub(r"[^\w.+-]+", "_", f"{self.family.split()[0]}_{self.name}")


def has(module):
    return importlib.util.find_spec(module) is not None


# Statistics and scales as a trained network might have them, so that a wrong one shows.
def settle(model):
    g = torch.Generator().manual_seed(1)
    for name, buffer in model.named_buffers():
        if name.endswith("running_mean"):
            buffer.copy_(torch.randn(buffer.shape, generator=g) * 0.1)
        elif name.endswith("running_var"):
            buffer.copy_(torch.rand(buffer.shape, generator=g) * 0.5 + 0.75)
    for name, p in model.named_parameters():
        if p.ndim == 1:
            p.data.add_(torch.randn(p.shape, generator=g) * 0.05)


def image(size, batch=2, channels=3):
    return torch.randn(batch, channels, size, size)


def bigger(args, kwargs):  # another height and width
    return tuple(F.pad(a, (0, 32, 0, 64), value=0.3) for a in args), kwargs


def bigger_batch(args, kwargs):
    return tuple(torch.cat([a, a[:1] * 0.5]) for a in args), kwargs


def torchvision_cases():
    import torchvision.models as m

    def classification(name):
        size = {"inception_v3": 299}.get(name, 224 if name.startswith(("vit", "swin", "maxvit")) else 96)

        def make():
            extra = {"init_weights": True} if name in ("googlenet", "inception_v3") else {}
            if name in ("googlenet", "inception_v3"):
                extra["aux_logits"] = True
            fixed = name.startswith("maxvit")
            batch = Dim("batch", min=1, max=64)
            return m.get_model(name, weights=None, **extra), (image(size),), {}, None if fixed else ({0: batch},)
        return make

    skip = ("vit_h_14", "vit_l_16", "vit_l_32", "regnet_y_128gf", "regnet_y_32gf", "regnet_x_32gf", "convnext_large",
            "convnext_base", "efficientnet_b7", "efficientnet_b6", "efficientnet_b5", "efficientnet_v2_l", "swin_b", "swin_v2_b",
            "wide_resnet101_2", "resnext101_64x4d", "resnext101_32x8d", "vgg19", "vgg19_bn", "vgg16_bn")
    for name in m.list_models(module=m):
        yield Case("torchvision classification" + (" (large)" if name in skip else ""), name, classification(name), bigger_batch)
    for name in m.list_models(module=m.segmentation):
        yield Case("torchvision segmentation", name,
                   lambda name=name: (m.get_model(name, weights=None, weights_backbone=None), (image(97),), {}, None))
    for name in m.list_models(module=m.video):
        size = (16, 224, 224) if name.startswith("mvit") else (8, 96, 96) if name.startswith("swin") else (16, 112, 112) if name.startswith("s3d") else (8, 56, 56)
        if name.startswith("s3d"):
            size = (16, 224, 224)
        yield Case("torchvision video", name,
                   lambda name=name, size=size: (m.get_model(name, weights=None), (torch.randn(1, 3, *size),), {}, None))
    for name in m.list_models(module=m.optical_flow):
        yield Case("torchvision optical flow", name,
                   lambda name=name: (m.get_model(name, weights=None), (torch.randn(1, 3, 128, 128), torch.randn(1, 3, 128, 128)),
                                      {"num_flow_updates": 2}, None))


def detection_cases():
    import torchvision.models as m
    import zoo_detection

    def make(name, exportable):
        torch.manual_seed(4)
        model = zoo_detection.Outputs(name, exportable).eval()
        settle(model)
        model.spread()
        return model, (torch.rand(3, 96, 128),), {}, None

    # Other noise, and a picture with edges: other boxes. (In an empty one scores are equal, and free in order.)
    def others(args, kwargs):
        edges = torch.rand(3, 96, 128) * 0.2
        edges[:, 20:60, 30:90] += 3
        edges[0, 50:90, 5:50] -= 2
        return [((torch.rand(3, 96, 128),), kwargs), ((edges,), kwargs)]

    for name in m.list_models(module=m.detection):
        yield Case("torchvision detection", name, lambda name=name: make(name, False))
        yield Case("torchvision detection (no branches)", name, lambda name=name: make(name, True), more=others)


def yolo_cases():
    import zoo_yolo
    for name, make, image in zoo_yolo.cases():
        yield Case("YOLO", name, lambda make=make, image=image: (make(), (image,), {}, None))
    sizes = {2: 32 * Dim("h", min=2, max=20), 3: 32 * Dim("w", min=2, max=20)}
    yield Case("YOLO", "YOLO11-like, any size", lambda: (list(zoo_yolo.cases())[4][1](), (torch.randn(1, 3, 128, 96),), {}, (sizes,)), bigger)


timm_names = """resnet18 resnet26d resnet50 seresnet50 ecaresnet26t resnext26ts resnest14d skresnet18 res2net50_26w_4s
 wide_resnet50_2 gernet_s efficientnet_b0 efficientnet_lite0 tf_efficientnetv2_b0 mixnet_s mnasnet_100 fbnetc_100
 mobilenetv2_100 mobilenetv3_small_100 mobilenetv3_large_100 mobilenetv4_conv_small mobilenetv4_hybrid_medium lcnet_050
 tinynet_e ghostnet_100 ghostnetv2_100 rexnet_100 regnetx_002 regnety_002 dpn48b densenet121 dla34 dla60 hrnet_w18_small
 hardcorenas_a inception_v4 xception41 cspresnet50 cspdarknet53 darknet53 vovnet39a ese_vovnet19b_dw repvgg_a0 mobileone_s0
 fastvit_t8 nfnet_l0 dm_nfnet_f0 convnext_atto convnextv2_atto convmixer_768_32 vit_tiny_patch16_224 vit_small_patch32_224
 deit_tiny_patch16_224 deit3_small_patch16_224 beit_base_patch16_224 cait_xxs24_224 xcit_nano_12_p16_224 crossvit_tiny_240
 swin_tiny_patch4_window7_224 swinv2_tiny_window8_256 twins_pcpvt_small pvt_v2_b0 poolformer_s12 poolformerv2_s12
 coat_tiny coatnet_nano_rw_224 maxvit_nano_rw_256 maxxvit_rmlp_nano_rw_256 levit_128s efficientformer_l1
 efficientformerv2_s0 edgenext_xx_small mobilevit_xxs mobilevitv2_050 mixer_s32_224 gmlp_ti16_224 resmlp_12_224
 focalnet_tiny_srf davit_tiny nest_tiny visformer_tiny tnt_s_patch16_224 volo_d1_224 eva02_tiny_patch14_224
 caformer_s18 convformer_s18 inception_next_tiny repghostnet_050 repvit_m1 starnet_s1 hiera_tiny_224
 tiny_vit_5m_224 efficientvit_b0 efficientvit_m0 mambaout_femto rdnet_tiny hgnetv2_b0 vit_so150m_patch16_reg4_gap_256
 botnet26t_256 lambda_resnet26t sebotnet33ts_256 cs3darknet_s cs3se_edgenet_x
 gcresnet33ts regnetz_b16 regnetv_040 selecsls42b skresnext50_32x4d resnetrs50 sequencer2d_s""".split()


def timm_cases():
    import timm

    def make(name):
        model = timm.create_model(name, pretrained=False)
        size = model.default_cfg["input_size"][1]
        fixed = model.default_cfg.get("fixed_input_size")
        return model, (image(size if fixed else 128, batch=1),), {}, None

    known = set(timm.list_models())
    for name in timm_names:
        if name in known:
            yield Case("timm", name, lambda name=name: make(name))


class Picked(torch.nn.Module):
    """What is compared of a transformers model: tensors by name."""

    def __init__(self, model, keys):
        super().__init__()
        self.model, self.keys = model, keys

    def forward(self, **kwargs):
        out = self.model(**kwargs)
        return tuple(out[k] for k in self.keys)


def transformers_cases():
    import transformers as t

    ids = torch.arange(2 * 12).reshape(2, 12) % 90 + 3
    mask = torch.ones(2, 12, dtype=torch.int64)
    mask[1, 9:] = 0
    small = dict(vocab_size=100, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48)
    experts = dict(**small, num_key_value_heads=2, num_experts_per_tok=2, use_cache=False)
    gpt2 = dict(vocab_size=100, n_embd=32, n_layer=2, n_head=4, n_positions=64, use_cache=False)
    blocks = dict(width_coefficient=0.25, depth_coefficient=0.3, hidden_dim=64, kernel_sizes=[3, 5], in_channels=[32, 16], out_channels=[16, 24],
                  depthwise_padding=[], strides=[1, 2], num_block_repeats=[1, 2], expand_ratios=[1, 6])
    text = {"input_ids": ids, "attention_mask": mask}
    pixels = {"pixel_values": torch.randn(1, 3, 32, 32)}

    def config(cls, **kw):
        return cls(**kw)

    table = [
        ("BERT", lambda: t.BertModel(t.BertConfig(**small)), text, ("last_hidden_state", "pooler_output")),
        ("BERT classifier", lambda: t.BertForSequenceClassification(t.BertConfig(**small)), text, ("logits",)),
        ("BERT masked", lambda: t.BertForMaskedLM(t.BertConfig(**small)), text, ("logits",)),
        ("DistilBERT", lambda: t.DistilBertModel(t.DistilBertConfig(vocab_size=100, dim=32, n_layers=2, n_heads=4, hidden_dim=48)), text, ("last_hidden_state",)),
        ("RoBERTa", lambda: t.RobertaModel(t.RobertaConfig(**small)), text, ("last_hidden_state",)),
        ("ALBERT", lambda: t.AlbertModel(t.AlbertConfig(**small, embedding_size=16)), text, ("last_hidden_state",)),
        ("ELECTRA", lambda: t.ElectraModel(t.ElectraConfig(**small, embedding_size=16)), text, ("last_hidden_state",)),
        ("MPNet", lambda: t.MPNetModel(t.MPNetConfig(**small)), text, ("last_hidden_state",)),
        ("DeBERTa-v2", lambda: t.DebertaV2Model(t.DebertaV2Config(**small, relative_attention=True, pos_att_type=["p2c", "c2p"])), text, ("last_hidden_state",)),
        ("GPT-2", lambda: t.GPT2LMHeadModel(t.GPT2Config(**gpt2, attn_implementation="eager")), text, ("logits",)),
        ("GPT-2 with SDPA", lambda: t.GPT2LMHeadModel(t.GPT2Config(**gpt2)), text, ("logits",)),
        ("GPT-2, one sequence", lambda: t.GPT2LMHeadModel(t.GPT2Config(**gpt2)), {"input_ids": ids[:1]}, ("logits",)),
        ("GPT-Neo", lambda: t.GPTNeoForCausalLM(t.GPTNeoConfig(vocab_size=100, hidden_size=32, num_layers=2, num_heads=4, attention_types=[[["global", "local"], 1]], use_cache=False)), text, ("logits",)),
        ("GPT-NeoX", lambda: t.GPTNeoXForCausalLM(t.GPTNeoXConfig(**small, use_cache=False)), text, ("logits",)),
        ("OPT", lambda: t.OPTForCausalLM(t.OPTConfig(vocab_size=100, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, ffn_dim=48, word_embed_proj_dim=32, use_cache=False)), text, ("logits",)),
        ("Llama", lambda: t.LlamaForCausalLM(t.LlamaConfig(**small, num_key_value_heads=2, use_cache=False)), text, ("logits",)),
        ("Mistral", lambda: t.MistralForCausalLM(t.MistralConfig(**small, num_key_value_heads=2, sliding_window=8, use_cache=False)), text, ("logits",)),
        ("Qwen2", lambda: t.Qwen2ForCausalLM(t.Qwen2Config(**small, num_key_value_heads=2, use_cache=False)), text, ("logits",)),
        ("Qwen3", lambda: t.Qwen3ForCausalLM(t.Qwen3Config(**small, num_key_value_heads=2, head_dim=8, use_cache=False)), text, ("logits",)),
        ("Gemma", lambda: t.GemmaForCausalLM(t.GemmaConfig(**small, num_key_value_heads=2, head_dim=8, use_cache=False)), text, ("logits",)),
        ("Phi", lambda: t.PhiForCausalLM(t.PhiConfig(**small, use_cache=False)), text, ("logits",)),
        ("Phi-3", lambda: t.Phi3ForCausalLM(t.Phi3Config(**small, pad_token_id=0, use_cache=False)), text, ("logits",)),
        ("BLOOM", lambda: t.BloomForCausalLM(t.BloomConfig(vocab_size=100, hidden_size=32, n_layer=2, n_head=4, use_cache=False)), text, ("logits",)),
        ("Falcon", lambda: t.FalconForCausalLM(t.FalconConfig(vocab_size=100, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, use_cache=False)), text, ("logits",)),
        ("T5", lambda: t.T5ForConditionalGeneration(t.T5Config(vocab_size=100, d_model=32, d_kv=8, d_ff=48, num_layers=2, num_heads=4, use_cache=False)),
         {**text, "decoder_input_ids": ids[:, :5].contiguous()}, ("logits",)),
        ("T5 encoder", lambda: t.T5EncoderModel(t.T5Config(vocab_size=100, d_model=32, d_kv=8, d_ff=48, num_layers=2, num_heads=4)), text, ("last_hidden_state",)),
        ("BART", lambda: t.BartForConditionalGeneration(t.BartConfig(vocab_size=100, d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4, decoder_attention_heads=4, encoder_ffn_dim=48, decoder_ffn_dim=48, max_position_embeddings=64, use_cache=False)),
         {**text, "decoder_input_ids": ids[:, :5].contiguous()}, ("logits",)),
        ("Whisper", lambda: t.WhisperForConditionalGeneration(t.WhisperConfig(vocab_size=100, d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4, decoder_attention_heads=4, encoder_ffn_dim=48, decoder_ffn_dim=48, max_source_positions=50, max_target_positions=32, num_mel_bins=16, pad_token_id=0, bos_token_id=1, eos_token_id=2, decoder_start_token_id=1, use_cache=False)),
         {"input_features": torch.randn(1, 16, 100), "decoder_input_ids": ids[:1, :5].contiguous()}, ("logits",)),
        ("Wav2Vec2", lambda: t.Wav2Vec2Model(t.Wav2Vec2Config(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48, conv_dim=(16, 16), conv_stride=(5, 2), conv_kernel=(10, 3), num_feat_extract_layers=2, num_conv_pos_embeddings=16, num_conv_pos_embedding_groups=4)),
         {"input_values": torch.randn(1, 800)}, ("last_hidden_state",)),
        ("ViT", lambda: t.ViTModel(t.ViTConfig(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48, image_size=32, patch_size=8)), pixels, ("last_hidden_state", "pooler_output")),
        ("DeiT", lambda: t.DeiTModel(t.DeiTConfig(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48, image_size=32, patch_size=8)), pixels, ("last_hidden_state",)),
        ("DINOv2", lambda: t.Dinov2Model(t.Dinov2Config(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, image_size=32, patch_size=8)), pixels, ("last_hidden_state",)),
        ("Swin", lambda: t.SwinModel(t.SwinConfig(image_size=32, patch_size=2, embed_dim=16, depths=[2, 2], num_heads=[2, 4], window_size=4)), pixels, ("last_hidden_state",)),
        ("SegFormer", lambda: t.SegformerForSemanticSegmentation(t.SegformerConfig(hidden_sizes=[8, 16, 16, 32], depths=[1, 1, 1, 1], num_attention_heads=[1, 2, 2, 4], decoder_hidden_size=16)), {"pixel_values": torch.randn(1, 3, 64, 64)}, ("logits",)),
        ("CLIP", lambda: t.CLIPModel(t.CLIPConfig(text_config=dict(vocab_size=100, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48, max_position_embeddings=32, eos_token_id=2, bos_token_id=1, pad_token_id=0),
                                                   vision_config=dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48, image_size=32, patch_size=8), projection_dim=16)),
         {**text, **pixels}, ("logits_per_image", "logits_per_text", "text_embeds", "image_embeds")),
        ("SigLIP vision", lambda: t.SiglipVisionModel(t.SiglipVisionConfig(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48, image_size=32, patch_size=8)), pixels, ("last_hidden_state",)),
        ("DETR", lambda: t.DetrForObjectDetection(t.DetrConfig(use_timm_backbone=False, use_pretrained_backbone=False, backbone=None, backbone_config=t.ResNetConfig(embedding_size=16, hidden_sizes=[16, 32], depths=[1, 1], out_features=["stage2"]), d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4, decoder_attention_heads=4, encoder_ffn_dim=48, decoder_ffn_dim=48, num_queries=7)),
         {"pixel_values": torch.randn(1, 3, 64, 64)}, ("logits", "pred_boxes")),
        ("ResNet", lambda: t.ResNetModel(t.ResNetConfig(embedding_size=16, hidden_sizes=[16, 32], depths=[1, 1])), {"pixel_values": torch.randn(1, 3, 64, 64)}, ("last_hidden_state",)),
        ("ConvNeXt", lambda: t.ConvNextModel(t.ConvNextConfig(hidden_sizes=[8, 16], depths=[1, 1], num_stages=2)), {"pixel_values": torch.randn(1, 3, 64, 64)}, ("last_hidden_state",)),
        ("Mixtral", lambda: t.MixtralForCausalLM(t.MixtralConfig(**experts, num_local_experts=4)), text, ("logits",)),
        ("Qwen2-MoE", lambda: t.Qwen2MoeForCausalLM(t.Qwen2MoeConfig(**experts, num_experts=4, moe_intermediate_size=16, shared_expert_intermediate_size=24)), text, ("logits",)),
        ("Qwen3-MoE", lambda: t.Qwen3MoeForCausalLM(t.Qwen3MoeConfig(**experts, num_experts=4, moe_intermediate_size=16, head_dim=8)), text, ("logits",)),
        ("OLMoE", lambda: t.OlmoeForCausalLM(t.OlmoeConfig(**experts, num_experts=4)), text, ("logits",)),
        ("Phi-MoE", lambda: t.PhimoeForCausalLM(t.PhimoeConfig(**experts, num_local_experts=4)), text, ("logits",)),
        ("EfficientNet", lambda: t.EfficientNetModel(t.EfficientNetConfig(**{**blocks, "hidden_dim": 320})), {"pixel_values": torch.randn(1, 3, 64, 64)}, ("last_hidden_state", "pooler_output")),
        ("ALIGN", lambda: t.AlignModel(t.AlignConfig(text_config=small, vision_config={**blocks, "hidden_dim": 64}, projection_dim=8)),
         {**text, "pixel_values": torch.randn(1, 3, 64, 64)}, ("logits_per_image", "text_embeds", "image_embeds")),
        ("OWL-ViT", lambda: t.OwlViTForObjectDetection(t.OwlViTConfig(text_config=dict(vocab_size=100, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48, max_position_embeddings=16, eos_token_id=2, bos_token_id=1, pad_token_id=0),
                                                                      vision_config=dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48, image_size=32, patch_size=8), projection_dim=32)),
         {**text, **pixels}, ("logits", "pred_boxes")),
        ("Whisper encoder", lambda: t.WhisperModel(t.WhisperConfig(vocab_size=100, d_model=32, encoder_layers=2, decoder_layers=1, encoder_attention_heads=4, decoder_attention_heads=4, encoder_ffn_dim=48, decoder_ffn_dim=48, max_source_positions=50, max_target_positions=32, num_mel_bins=16, pad_token_id=0, bos_token_id=1, eos_token_id=2, decoder_start_token_id=1, use_cache=False)),
         {"input_features": torch.randn(1, 16, 100), "decoder_input_ids": ids[:1, :5].contiguous()}, ("last_hidden_state", "encoder_last_hidden_state")),
        ("Mamba", lambda: t.MambaForCausalLM(t.MambaConfig(vocab_size=100, hidden_size=32, num_hidden_layers=2, state_size=4, use_cache=False)), {"input_ids": ids}, ("logits",)),
    ]
    for name, make, inputs, keys in table:
        def build(make=make, inputs=inputs, keys=keys):
            return Picked(make(), keys), (), dict(inputs), None
        yield Case("transformers", name, build)
    import zoo_transformers
    for name, make in zoo_transformers.cases():
        yield Case("transformers", name, make)


def own_cases():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "zoo_own.py")
    if os.path.exists(path):
        import zoo_own
        for name, make, other in zoo_own.cases():
            yield Case("rules", name, make, other)


def all_cases():
    yield from own_cases()
    if has("torchvision"):
        yield from torchvision_cases()
        yield from detection_cases()
        yield from yolo_cases()
    if has("timm"):
        yield from timm_cases()
    if has("transformers"):
        yield from transformers_cases()
