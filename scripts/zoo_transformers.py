# SPDX-License-Identifier: Apache-2.0
# zoo_transformers.py - more of transformers' architectures than zoo_cases.py names, at small configurations: every
# tensor that the model returns is compared.
import torch
import transformers as t


class Returned(torch.nn.Module):
    """All tensors that a transformers model returns, whatever they are nested in."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, **kwargs):
        return tuple(tensors(self.model(**kwargs)))


def tensors(value):
    if isinstance(value, torch.Tensor):
        yield value
    elif hasattr(value, "keys"):
        for key in value.keys():
            yield from tensors(value[key])
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from tensors(item)


def models():
    """(name, class, its configuration, inputs)"""
    ids = torch.arange(2 * 12).reshape(2, 12) % 87 + 3
    mask = torch.ones(2, 12, dtype=torch.int64)
    mask[1, 9:] = 0
    tokens, unmasked = {"input_ids": ids}, {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    text = {"input_ids": ids, "attention_mask": mask}
    pairs = {**text, "decoder_input_ids": ids[:, :5].contiguous()}
    boxes = {**text, "bbox": torch.randint(0, 50, (2, 12, 4)).sort(-1).values}
    picture, large = ({"pixel_values": torch.randn(1, 3, size, size)} for size in (32, 64))
    sound, series = {"input_values": torch.randn(1, 800)}, {"past_values": torch.randn(2, 32, 3)}
    layers = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48)
    text_layers = dict(**layers, vocab_size=100, max_position_embeddings=64)
    grouped = dict(**text_layers, num_key_value_heads=2, use_cache=False)
    vision = dict(**layers, image_size=32, patch_size=8)
    both = dict(vocab_size=100, d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4,
                decoder_attention_heads=4, encoder_ffn_dim=48, decoder_ffn_dim=48, max_position_embeddings=64,
                use_cache=False)
    t5 = dict(vocab_size=100, d_model=32, d_kv=8, d_ff=48, num_layers=2, num_heads=4)
    gpt = dict(vocab_size=100, n_embd=32, n_layer=2, n_head=4, n_positions=64)
    audio = dict(**layers, conv_dim=(16, 16), conv_stride=(5, 2), conv_kernel=(10, 3), num_feat_extract_layers=2,
                 num_conv_pos_embeddings=16, num_conv_pos_embedding_groups=4)
    stages = ["stage1", "stage2", "stage3", "stage4"]
    swin = t.SwinConfig(image_size=64, patch_size=4, embed_dim=16, depths=[1, 1, 1, 1], num_heads=[1, 1, 2, 2],
                        window_size=4, out_features=stages)
    return [
        ("XLNet", "XLNetModel", dict(vocab_size=100, d_model=32, n_layer=2, n_head=4, d_inner=48), text),
        ("Funnel", "FunnelModel", dict(vocab_size=100, d_model=32, n_head=4, d_head=8, d_inner=48, block_sizes=[1,
         1]), text),
        ("BigBird", "BigBirdModel", dict(**text_layers, attention_type="original_full"), text),
        ("Pegasus", "PegasusForConditionalGeneration", both, pairs),
        ("mBART", "MBartForConditionalGeneration", both, pairs),
        ("M2M100", "M2M100ForConditionalGeneration", both, pairs),
        ("Marian", "MarianMTModel", dict(**both, pad_token_id=0, decoder_start_token_id=0, decoder_vocab_size=100),
         pairs),
        ("Blenderbot", "BlenderbotForConditionalGeneration", both, pairs),
        ("ESM", "EsmModel", dict(**text_layers, pad_token_id=1, mask_token_id=2, position_embedding_type="rotary"),
         text),
        ("LayoutLM", "LayoutLMModel", text_layers, boxes),
        ("LiLT", "LiltModel", {**text_layers, "hidden_size": 48}, boxes),
        ("MobileBERT", "MobileBertModel", dict(**text_layers, embedding_size=32, true_hidden_size=32,
         intra_bottleneck_size=32), text),
        ("SqueezeBERT", "SqueezeBertModel", dict(**text_layers, embedding_size=32), text),
        ("ConvBERT", "ConvBertModel", dict(**text_layers, embedding_size=32), text),
        ("RemBERT", "RemBertModel", dict(**text_layers, input_embedding_size=32), text),
        ("FNet", "FNetModel", text_layers, tokens),
        ("CANINE", "CanineModel", dict(**layers, max_position_embeddings=64, local_transformer_stride=4,
         num_hash_buckets=64, downsampling_rate=4), text),
        ("Perceiver", "PerceiverForMaskedLM", dict(num_latents=8, d_latents=32, d_model=32, num_blocks=1,
         num_self_attends_per_block=2, num_self_attention_heads=4, num_cross_attention_heads=4, vocab_size=100,
         max_position_embeddings=12, qk_channels=16, v_channels=32), text),
        ("RWKV", "RwkvForCausalLM", dict(vocab_size=100, hidden_size=32, num_hidden_layers=2,
         attention_hidden_size=32, use_cache=False), tokens),
        ("Mamba2", "Mamba2ForCausalLM", dict(vocab_size=100, hidden_size=32, num_hidden_layers=2, num_heads=8,
         head_dim=8, state_size=8, n_groups=2, chunk_size=4, use_cache=False), tokens),
        ("FalconMamba", "FalconMambaForCausalLM", dict(vocab_size=100, hidden_size=32, num_hidden_layers=2,
         state_size=4, use_cache=False), tokens),
        ("StableLM", "StableLmForCausalLM", grouped, text),
        ("Starcoder2", "Starcoder2ForCausalLM", grouped, text),
        ("OLMo", "OlmoForCausalLM", grouped, text),
        ("OLMo2", "Olmo2ForCausalLM", grouped, text),
        ("Cohere", "CohereForCausalLM", grouped, text),
        ("Granite", "GraniteForCausalLM", grouped, text),
        ("Gemma2", "Gemma2ForCausalLM", dict(**grouped, head_dim=8, sliding_window=8), text),
        ("Gemma3", "Gemma3ForCausalLM", dict(**grouped, head_dim=8, sliding_window=8), text),
        ("DeepSeekV3", "DeepseekV3ForCausalLM", dict(**{**grouped, "num_key_value_heads": 4},
         moe_intermediate_size=16, n_routed_experts=4, num_experts_per_tok=2, n_group=2, topk_group=1,
         first_k_dense_replace=1, kv_lora_rank=8, q_lora_rank=16, qk_rope_head_dim=8, qk_nope_head_dim=8,
         v_head_dim=8), text),
        ("Persimmon", "PersimmonForCausalLM", dict(**text_layers, use_cache=False), text),
        ("MPT", "MptForCausalLM", dict(vocab_size=100, d_model=32, n_layers=2, n_heads=4, expansion_ratio=2,
         max_seq_len=64, use_cache=False), text),
        ("CodeGen", "CodeGenForCausalLM", dict(**gpt, rotary_dim=4, use_cache=False), text),
        ("GPT-J", "GPTJForCausalLM", dict(**gpt, rotary_dim=4, use_cache=False), text),
        ("GPTBigCode", "GPTBigCodeForCausalLM", dict(**gpt, use_cache=False), text),
        ("XGLM", "XGLMForCausalLM", dict(vocab_size=100, d_model=32, ffn_dim=48, num_layers=2, attention_heads=4,
         max_position_embeddings=64, use_cache=False), text),
        ("SmolLM3", "SmolLM3ForCausalLM", dict(**grouped, pad_token_id=0), text),
        ("GLM", "GlmForCausalLM", dict(**grouped, head_dim=8, pad_token_id=0), text),
        ("Qwen3Next", "Qwen3NextForCausalLM", dict(**grouped, head_dim=8, linear_num_value_heads=4,
         linear_num_key_heads=2, linear_key_head_dim=8, linear_value_head_dim=8, num_experts=4, num_experts_per_tok=2,
         moe_intermediate_size=16, shared_expert_intermediate_size=16, layer_types=["linear_attention",
         "full_attention"]), text),
        ("GPT-OSS", "GptOssForCausalLM", dict(**grouped, head_dim=8, num_local_experts=4, num_experts_per_tok=2,
         sliding_window=8), text),
        ("ModernBERT", "ModernBertModel", dict(**text_layers, local_attention=4, global_attn_every_n_layers=2,
         pad_token_id=0), text),
        ("LongT5", "LongT5ForConditionalGeneration", dict(**t5, local_radius=3, use_cache=False), pairs),
        ("mT5", "MT5ForConditionalGeneration", dict(**t5, use_cache=False), pairs),
        ("UMT5", "UMT5ForConditionalGeneration", dict(**t5, use_cache=False), pairs),
        ("ProphetNet", "ProphetNetModel", dict(vocab_size=100, hidden_size=32, num_encoder_layers=1,
         num_decoder_layers=1, num_encoder_attention_heads=4, num_decoder_attention_heads=4, encoder_ffn_dim=48,
         decoder_ffn_dim=48, max_position_embeddings=64, use_cache=False), pairs),
        ("LeViT", "LevitModel", dict(image_size=64, hidden_sizes=[16, 32, 48], num_attention_heads=[2, 2, 4],
         depths=[1, 1, 1], key_dim=[8, 8, 8]), large),
        ("MobileViT", "MobileViTModel", dict(image_size=64, hidden_sizes=[16, 24, 32], neck_hidden_sizes=[8, 8, 8, 16,
         16, 16, 32]), large),
        ("PoolFormer", "PoolFormerModel", dict(hidden_sizes=[8, 16, 16, 32], depths=[1, 1, 1, 1]), large),
        ("GLPN", "GLPNForDepthEstimation", dict(hidden_sizes=[8, 16, 16, 32], depths=[1, 1, 1, 1],
         num_attention_heads=[1, 2, 2, 4], decoder_hidden_size=16), large),
        ("DPT", "DPTForDepthEstimation", dict(hidden_size=32, num_hidden_layers=4, num_attention_heads=4,
         intermediate_size=48, image_size=32, patch_size=8, backbone_out_indices=[0, 1, 2, 3], neck_hidden_sizes=[8,
         8, 16, 16], fusion_hidden_size=16), picture),
        ("YOLOS", "YolosForObjectDetection", dict(**layers, image_size=[32, 32], patch_size=8,
         num_detection_tokens=5), picture),
        ("BEiT", "BeitModel", dict(vocab_size=100, **vision, use_relative_position_bias=True), picture),
        ("Data2VecVision", "Data2VecVisionModel", dict(**vision, use_relative_position_bias=True), picture),
        ("VideoMAE", "VideoMAEModel", dict(**vision, num_frames=4, tubelet_size=2), {"pixel_values": torch.randn(1, 4,
         3, 32, 32)}),
        ("TimeSformer", "TimesformerModel", dict(**vision, num_frames=2), {"pixel_values": torch.randn(1, 2, 3, 32,
         32)}),
        ("ViViT", "VivitModel", dict(**layers, image_size=32, num_frames=4, tubelet_size=[2, 8, 8]), {"pixel_values":
         torch.randn(1, 4, 3, 32, 32)}),
        ("Swin2SR", "Swin2SRForImageSuperResolution", dict(image_size=16, patch_size=1, embed_dim=16, depths=[2],
         num_heads=[2], window_size=4, upscale=2), {"pixel_values": torch.randn(1, 3, 16, 24)}),
        ("SwiftFormer", "SwiftFormerModel", dict(depths=[1, 1, 1, 1], embed_dims=[8, 16, 16, 32]), large),
        ("PVT", "PvtModel", dict(image_size=64, depths=[1, 1, 1, 1], hidden_sizes=[8, 16, 16, 32],
         num_attention_heads=[1, 2, 2, 4]), large),
        ("Hiera", "HieraModel", dict(image_size=[64, 64], embed_dim=16, depths=[1, 1, 1], num_heads=[1, 2, 4],
         query_stride=[2, 2], num_query_pool=2, masked_unit_size=[4, 4]), large),
        ("FocalNet", "FocalNetModel", dict(image_size=64, embed_dim=16, hidden_sizes=[16, 32], depths=[1, 1],
         focal_levels=[2, 2], focal_windows=[3, 3]), large),
        ("BiT", "BitModel", dict(embedding_size=16, hidden_sizes=[16, 32], depths=[1, 1], num_groups=4), large),
        ("UperNet", "UperNetForSemanticSegmentation", dict(backbone_config=t.ConvNextConfig(hidden_sizes=[8, 16, 16,
         32], depths=[1, 1, 1, 1], out_features=stages), hidden_size=16,
         auxiliary_in_channels=16, auxiliary_channels=8, num_labels=5), large),
        ("ImageGPT", "ImageGPTModel", dict(vocab_size=100, n_positions=64, n_embd=32, n_layer=2, n_head=4,
         use_cache=False), tokens),
        ("DepthAnything", "DepthAnythingForDepthEstimation", dict(backbone_config=t.Dinov2Config(hidden_size=32,
         num_hidden_layers=4, num_attention_heads=4, image_size=28, patch_size=14, out_indices=[1, 2, 3, 4],
         reshape_hidden_states=False, apply_layernorm=True), reassemble_hidden_size=32, neck_hidden_sizes=[8, 8, 16,
         16], fusion_hidden_size=16, patch_size=14), {"pixel_values": torch.randn(1, 3, 42, 56)}),
        ("SuperPoint", "SuperPointForKeypointDetection", dict(encoder_hidden_sizes=[8, 8, 16, 16],
         decoder_hidden_size=16, keypoint_decoder_dim=65, descriptor_decoder_dim=16), large),
        ("MaskFormer", "MaskFormerForInstanceSegmentation", dict(backbone_config=swin,
         decoder_config=t.DetrConfig(d_model=32, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
         decoder_attention_heads=2, encoder_ffn_dim=16, decoder_ffn_dim=16, num_queries=5), fpn_feature_size=32,
         mask_feature_size=32), large),
        ("Mask2Former", "Mask2FormerForUniversalSegmentation", dict(backbone_config=swin, feature_size=32,
         mask_feature_size=32, hidden_dim=32, encoder_feedforward_dim=16, encoder_layers=1, decoder_layers=2,
         num_attention_heads=2, dim_feedforward=16, num_queries=5), large),
        ("ConditionalDETR", "ConditionalDetrForObjectDetection", dict(use_timm_backbone=False,
         use_pretrained_backbone=False, backbone=None, backbone_config=t.ResNetConfig(embedding_size=16,
         hidden_sizes=[16, 32], depths=[1, 1], out_features=["stage2"]), d_model=32, encoder_layers=1,
         decoder_layers=2, encoder_attention_heads=4, decoder_attention_heads=4, encoder_ffn_dim=48,
         decoder_ffn_dim=48, num_queries=5), large),
        ("AST", "ASTModel", dict(**layers, patch_size=4, max_length=16, num_mel_bins=16, frequency_stride=4,
         time_stride=4), {"input_values": torch.randn(1, 16, 16)}),
        ("HuBERT", "HubertModel", audio, sound),
        ("WavLM", "WavLMModel", dict(**audio, num_buckets=32, max_bucket_distance=80), sound),
        ("Wav2Vec2-CTC masked", "Wav2Vec2ForCTC", dict(vocab_size=30, **audio, feat_extract_norm="layer",
         do_stable_layer_norm=True), sound),
        ("SEW", "SEWModel", audio, sound),
        ("PatchTST", "PatchTSTForPrediction", dict(num_input_channels=3, context_length=32, patch_length=8,
         patch_stride=8, prediction_length=4, d_model=16, num_attention_heads=2, num_hidden_layers=2, ffn_dim=32),
         series),
        ("PatchTSMixer", "PatchTSMixerForPrediction", dict(num_input_channels=3, context_length=32, patch_length=8,
         patch_stride=8, prediction_length=4, d_model=16, num_layers=2), series),
        ("BLIP vision", "BlipVisionModel", vision, picture),
        ("Flava image", "FlavaImageModel", vision, picture),
        ("GroupViT vision", "GroupViTVisionModel", dict(hidden_size=32, num_attention_heads=4, intermediate_size=48,
         image_size=32, patch_size=8, depths=[1, 1, 1], num_group_tokens=[4, 2, 0], num_output_groups=[4, 2, 2]),
         picture),
        ("SAM vision", "SamVisionModel", dict(hidden_size=32, output_channels=16, num_hidden_layers=2,
         num_attention_heads=4, image_size=64, patch_size=8, window_size=4, global_attn_indexes=[1], mlp_dim=48,
         num_pos_feats=8), large),
        ("I-JEPA", "IJepaModel", vision, picture),
        ("Pix2Struct vision", "Pix2StructVisionModel", dict(hidden_size=32, patch_embed_hidden_size=192, d_ff=48,
         d_kv=8, num_hidden_layers=2, num_attention_heads=4, seq_len=16), {"flattened_patches":
         torch.cat([torch.randint(0, 4, (1, 10, 2)).float(), torch.randn(1, 10, 192)], -1)}),
        ("MGP-STR", "MgpstrForSceneTextRecognition", dict(image_size=[16, 32], patch_size=4, hidden_size=32,
         num_hidden_layers=2, num_attention_heads=4, max_token_length=5, num_character_labels=10, num_bpe_labels=12,
         num_wordpiece_labels=11), {"pixel_values": torch.randn(1, 3, 16, 32)}),
        ("ViTDet", "VitDetModel", dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, image_size=64,
         pretrain_image_size=32, patch_size=8, window_size=4, window_block_indices=[0],
         use_relative_position_embeddings=True), large),
        ("VITS", "VitsModel", dict(vocab_size=38, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
         ffn_dim=16, flow_size=16, spectrogram_bins=9, upsample_initial_channel=16, upsample_rates=[4, 2],
         upsample_kernel_sizes=[8, 4], resblock_kernel_sizes=[3], resblock_dilation_sizes=[[1, 3]],
         duration_predictor_filter_channels=8, posterior_encoder_num_wavenet_layers=1, prior_encoder_num_flows=1,
         prior_encoder_num_wavenet_layers=1, use_stochastic_duration_prediction=False, noise_scale=0.0), {"input_ids":
         ids[:1] % 38}),
        ("Data2VecText", "Data2VecTextModel", text_layers, text),
        ("I-BERT", "IBertModel", text_layers, text),
        ("Splinter", "SplinterModel", text_layers, text),
        ("YOSO", "YosoModel", dict(**text_layers, use_expectation=True), unmasked),
        ("Jamba", "JambaForCausalLM", dict(**grouped, use_mamba_kernels=False, attn_layer_period=2,
         attn_layer_offset=1, expert_layer_period=2, expert_layer_offset=1, num_experts=4, num_experts_per_tok=2,
         mamba_d_state=4, mamba_dt_rank=4), text),
        ("RecurrentGemma", "RecurrentGemmaForCausalLM", dict(vocab_size=100, hidden_size=32, num_hidden_layers=3,
         num_attention_heads=4, intermediate_size=48, lru_width=32, attention_window_size=8, head_dim=8,
         use_cache=False), tokens),
        ("xLSTM", "xLSTMForCausalLM", dict(vocab_size=100, hidden_size=32, embedding_dim=32, num_hidden_layers=1,
         num_blocks=1, num_heads=4, use_cache=False, chunk_size=4), tokens),
    ]


def cases():
    """(name, function that makes (model, arguments, keyword arguments, dynamic shapes))"""
    for name, cls, options, inputs in models():
        def make(cls=getattr(t, cls), options=options, inputs=inputs):
            return Returned(cls(cls.config_class(**options))), (), dict(inputs), None
        yield name, make
