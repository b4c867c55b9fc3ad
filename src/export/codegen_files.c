// SPDX-License-Identifier: Apache-2.0
// codegen_files.c - what stands beside the source in a generated project and is the same for every model.
#include "export/codegen.h"

static const char network_h[] = "// network.h - the network of network.c.\n"
                                "#ifndef NETWORK_H\n#define NETWORK_H\n\n#include <tenon/nn.h>\n\n"
                                "void build(tn_network *net);\n\n#endif\n";

static const char main_c[] =
    "// main.c - builds the network of network.c and saves its engine.\n"
    "// usage: network ENGINE [--threads N] [--timing-cache FILE] [--no-timing]\n"
    "#include \"network.h\"\n"
    "\n"
    "#include <stdio.h>\n"
    "#include <stdlib.h>\n"
    "#include <string.h>\n"
    "\n"
    "#define GRAPH GRAPH_NAME\n"
    "\n"
    "static tn_status make_graph(tn_graph **graph, tn_env *env, tn_weights *weights, tn_diags *diags) {\n"
    "    tn_network *net;\n"
    "    tn_status status = tn_network_new(&net, env, GRAPH, diags);\n"
    "    if (status) return status;\n"
    "    tn_network_weights(net, weights);\n"
    "    build(net);\n"
    "    tn_network_names(net, \"names.txt\"); // the model's own names; without it the source's\n"
    "    status = tn_network_finish(net, graph);\n"
    "    tn_network_free(net);\n"
    "    return status;\n"
    "}\n"
    "\n"
    "static tn_build_options read_options(int argc, char **argv) {\n"
    "    tn_build_options options = {0};\n"
    "    for (int i = 2; i < argc; i++) {\n"
    "        if (!strcmp(argv[i], \"--no-timing\")) options.no_timing = true;\n"
    "        if (!strcmp(argv[i], \"--threads\") && i + 1 < argc) options.threads = atoi(argv[i + 1]);\n"
    "        if (!strcmp(argv[i], \"--timing-cache\") && i + 1 < argc) options.timing_cache = argv[i + 1];\n"
    "    }\n"
    "    return options;\n"
    "}\n"
    "\n"
    "int main(int argc, char **argv) {\n"
    "    tn_env *env;\n"
    "    tn_diags *diags;\n"
    "    tn_weights *weights = NULL;\n"
    "    tn_graph *graph = NULL;\n"
    "    tn_plan *plan = NULL;\n"
    "    tn_build_options options = read_options(argc, argv);\n"
    "    char text[1024];\n"
    "    if (argc < 2 || tn_env_new(&env, NULL) || tn_diags_new(&diags, env)) return 2;\n"
    "    tn_status status = tn_weights_open(&weights, env, \"weights.safetensors\", diags);\n"
    "    if (!status) status = make_graph(&graph, env, weights, diags);\n"
    "    if (!status) status = tn_plan_build(&plan, graph, &options, diags);\n"
    "    if (!status) status = tn_plan_save(plan, argv[1], diags);\n"
    "    for (size_t i = 0; i < tn_diags_count(diags); i++) {\n"
    "        tn_diags_format(diags, i, text, sizeof text);\n"
    "        fprintf(stderr, \"%s\\n\", text);\n"
    "    }\n"
    "    tn_plan_free(plan);\n"
    "    tn_graph_free(graph);\n"
    "    tn_weights_free(weights);\n"
    "    tn_diags_free(diags);\n"
    "    tn_env_free(env);\n"
    "    return status != TN_OK;\n"
    "}\n";

static const char makefile[] = "# Needs an installed Tenon (pkg-config tenon).\n"
                               "CFLAGS = -std=c17 -O2 -Wall -Wextra $(shell pkg-config --cflags tenon)\n"
                               "LDLIBS = $(shell pkg-config --libs tenon)\n\n"
                               "network: main.o network.o\n"
                               "main.o network.o: network.h\n\n"
                               "clean:\n\trm -f network *.o\n.PHONY: clean\n";

static const char cmakelists[] = "cmake_minimum_required(VERSION 3.20)\n"
                                 "project(network LANGUAGES C)\n"
                                 "set(CMAKE_C_STANDARD 17)\n"
                                 "find_package(tenon REQUIRED)\n"
                                 "add_executable(network main.c network.c)\n"
                                 "target_link_libraries(network PRIVATE tenon::tenon)\n";

static const char main_py[] =
    "\"\"\"Builds the network of network.py and saves its engine.\"\"\"\n"
    "import argparse\n"
    "import pathlib\n"
    "\n"
    "import network\n"
    "import tenon\n"
    "\n"
    "HERE = pathlib.Path(__file__).resolve().parent\n"
    "\n"
    "\n"
    "def make_graph():\n"
    "    net = tenon.Network(GRAPH_NAME, weights=HERE / \"weights.safetensors\")\n"
    "    network.build(net)\n"
    "    net.names(HERE / \"names.txt\")  # the model's own names; without it the source's\n"
    "    return net.finish()\n"
    "\n"
    "\n"
    "if __name__ == \"__main__\":\n"
    "    parser = argparse.ArgumentParser(description=__doc__)\n"
    "    parser.add_argument(\"engine\")\n"
    "    parser.add_argument(\"--threads\", type=int, default=0)\n"
    "    parser.add_argument(\"--timing-cache\")\n"
    "    parser.add_argument(\"--no-timing\", action=\"store_true\")\n"
    "    options = vars(parser.parse_args())\n"
    "    path = options.pop(\"engine\")\n"
    "    make_graph().build(**options).save(path)\n";

#define REST                                                                                                 \
    "- `weights.safetensors` holds its weights, under the names that the source asks for.\n"                 \
    "- `names.txt` has the model's own names for layers and tensors. As long as the source says the same, "  \
    "the\n"                                                                                                  \
    "  engine is the model's to the byte (with the same options and timing cache); a layer that is changed " \
    "or\n"                                                                                                   \
    "  new keeps its own name.\n"

const char tni_cg_c_readme[] =
    "    make                    # or cmake -S . -B build && cmake --build build\n"
    "    ./network engine.tne    # builds the engine; tenon run engine.tne runs it\n"
    "\n"
    "- `network.c` makes the network, layer by layer. What is changed there is what runs.\n" REST
    "- To look at a tensor, add `tn_output(net, x, \"mine\");` where it is made.\n";
const char tni_cg_python_readme[] =
    "    python main.py engine.tne    # builds the engine; tenon run engine.tne runs it\n"
    "\n"
    "- `network.py` makes the network, layer by layer. What is changed there is what runs.\n" REST
    "- To look at a tensor, add `net.output(x, \"mine\")` where it is made.\n"
    "- It needs the package `tenon` (in `PYTHONPATH`) and numpy.\n";

const char *const tni_cg_c_files[][2] = {{"main.c", main_c},
                                         {"network.h", network_h},
                                         {"Makefile", makefile},
                                         {"CMakeLists.txt", cmakelists},
                                         {NULL, NULL}};
const char *const tni_cg_python_files[][2] = {{"main.py", main_py}, {NULL, NULL}};
