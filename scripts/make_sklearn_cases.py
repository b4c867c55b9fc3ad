# SPDX-License-Identifier: Apache-2.0
"""Trains small scikit-learn models, converts them with skl2onnx and writes them as cases for `tenon conformance`:

usage: make_sklearn_cases.py FOLDER [NAME...]. Needs scikit-learn, skl2onnx, onnx, onnxruntime. Each case is NAME/model.onnx with
test_data_set_0/input_K.pb and output_K.pb, the latter from ONNX Runtime, but decisions of one-class machines from scikit-learn itself:
they are differences of nearly equal sums, and ONNX Runtime, which sums in single precision, is farther from them than Tenon. Gaussian
processes, whose sums cancel as well, are converted in double precision. A sequence of maps (what ZipMap gives) is written as the
matrix of its values, its keys follow the model's own outputs. test/cases/sklearn holds some of them.
"""
import pathlib
import sys
import warnings

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from skl2onnx import to_onnx
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, Int64TensorType, StringTensorType
from sklearn import (compose, decomposition, discriminant_analysis, ensemble, feature_extraction, feature_selection,
                     gaussian_process, impute, linear_model, mixture, naive_bayes, neighbors, neural_network, pipeline,
                     preprocessing, svm, tree)
from sklearn import cluster, multiclass

warnings.filterwarnings("ignore")
random = np.random.default_rng(7)
X = random.normal(size=(90, 4)).astype(np.float32)
Y2 = (X[:, 0] + X[:, 1] * X[:, 2] > 0).astype(np.int64)
Y3 = np.digitize(X[:, 0] + X[:, 3], [-0.7, 0.7]).astype(np.int64)
NAMES = np.array(["ant", "bee", "cat"])[Y3]
REAL = (X[:, 0] * 2 + np.sin(X[:, 1])).astype(np.float32)
REALS = np.stack([REAL, X[:, 2] - X[:, 3]], 1)
POSITIVE = np.abs(X)
HOLES = X.copy()
HOLES[random.random(X.shape) < 0.2] = np.nan
WORDS = np.array([[random.choice(["red", "green", "blue"]), random.choice(["s", "m"])] for _ in range(90)])
CODES = random.integers(0, 4, (90, 3))
TEXTS = np.array(["the cat sat on the mat", "a dog and a cat", "dogs bark", "the mat is red", "red dogs sit"] * 18)

FLOATS = [("x", FloatTensorType([None, 4]))]
DOUBLES = [("x", DoubleTensorType([None, 4]))]
INTS = [("x", Int64TensorType([None, 3]))]
STRINGS = [("x", StringTensorType([None, 2]))]
TEXT = [("x", StringTensorType([None, 1]))]


def cases():
    """name: (model, inputs of the fit, target, types, options)"""
    zipmap_off, raw = {"zipmap": False}, {"zipmap": False, "raw_scores": True}
    made = {}

    def add(name, model, x=X, y=None, types=FLOATS, options=None):
        made[name] = (model, x, y, types, options)

    for kernel in ("linear", "poly", "rbf", "sigmoid"):
        add(f"svc_{kernel}", svm.SVC(kernel=kernel), y=Y3, options=zipmap_off)
        add(f"svc_{kernel}_two", svm.SVC(kernel=kernel), y=Y2, options=zipmap_off)
        add(f"svc_{kernel}_probability", svm.SVC(kernel=kernel, probability=True), y=Y3)
        add(f"svc_{kernel}_two_probability", svm.SVC(kernel=kernel, probability=True), y=Y2, options=zipmap_off)
        add(f"svr_{kernel}", svm.SVR(kernel=kernel), y=REAL)
        add(f"one_class_{kernel}", svm.OneClassSVM(kernel=kernel, nu=0.5 if kernel == "rbf" else 0.3))
    add("svc_names", svm.SVC(probability=True), y=NAMES)
    add("svc_raw", svm.SVC(), y=Y3, options=raw)
    add("nu_svc", svm.NuSVC(probability=True), y=Y3, options=zipmap_off)
    add("nu_svr", svm.NuSVR(), y=REAL)
    add("linear_svc", svm.LinearSVC(), y=Y3)
    add("linear_svr", svm.LinearSVR(), y=REAL)

    add("forest", ensemble.RandomForestClassifier(6, max_depth=4, random_state=0), y=Y3)
    add("forest_two", ensemble.RandomForestClassifier(6, max_depth=4, random_state=0), y=Y2)
    add("forest_names", ensemble.RandomForestClassifier(4, max_depth=3, random_state=0), y=NAMES)
    add("forest_regressor", ensemble.RandomForestRegressor(6, max_depth=4, random_state=0), y=REAL)
    add("forest_regressor_two", ensemble.RandomForestRegressor(4, max_depth=4, random_state=0), y=REALS)
    add("extra_trees", ensemble.ExtraTreesClassifier(6, max_depth=4, random_state=0), y=Y3, options=zipmap_off)
    add("boosting", ensemble.GradientBoostingClassifier(n_estimators=8, random_state=0), y=Y3, options=zipmap_off)
    add("boosting_two", ensemble.GradientBoostingClassifier(n_estimators=8, random_state=0), y=Y2)
    add("boosting_regressor", ensemble.GradientBoostingRegressor(n_estimators=8, random_state=0), y=REAL)
    add("ada_boost", ensemble.AdaBoostClassifier(n_estimators=5, random_state=0), y=Y3, options=zipmap_off)
    add("ada_boost_regressor", ensemble.AdaBoostRegressor(n_estimators=5, random_state=0), y=REAL)
    add("bagging", ensemble.BaggingClassifier(n_estimators=4, random_state=0), y=Y3, options=zipmap_off)
    add("voting", ensemble.VotingClassifier([("a", linear_model.LogisticRegression()), ("b", tree.DecisionTreeClassifier(max_depth=3))],
                                            voting="soft", flatten_transform=False), y=Y3, options=zipmap_off)
    add("stacking", ensemble.StackingClassifier([("a", linear_model.LogisticRegression()), ("b", tree.DecisionTreeClassifier(max_depth=3))]),
        y=Y3, options=zipmap_off)
    add("isolation_forest", ensemble.IsolationForest(n_estimators=5, random_state=0))
    add("tree", tree.DecisionTreeClassifier(max_depth=4), y=Y3)
    add("tree_regressor", tree.DecisionTreeRegressor(max_depth=4), y=REAL)

    add("logistic", linear_model.LogisticRegression(), y=Y3)
    add("logistic_two", linear_model.LogisticRegression(), y=Y2)
    add("logistic_names", linear_model.LogisticRegression(), y=NAMES)
    add("logistic_raw", linear_model.LogisticRegression(), y=Y2, options=raw)
    add("logistic_one_vs_rest", multiclass.OneVsRestClassifier(linear_model.LogisticRegression()), y=Y3, options=zipmap_off)
    add("linear", linear_model.LinearRegression(), y=REAL)
    add("linear_two", linear_model.LinearRegression(), y=REALS)
    add("ridge", linear_model.Ridge(), y=REAL)
    add("lasso", linear_model.Lasso(0.1), y=REAL)
    add("elastic_net", linear_model.ElasticNet(0.1), y=REAL)
    add("perceptron", linear_model.Perceptron(), y=Y3, options=zipmap_off)
    add("sgd", linear_model.SGDClassifier(loss="log_loss", random_state=0), y=Y3, options=zipmap_off)
    add("poisson", linear_model.PoissonRegressor(), y=np.abs(REAL))
    add("ridge_classifier", linear_model.RidgeClassifier(), y=Y3, options=zipmap_off)

    add("neighbours", neighbors.KNeighborsClassifier(4), y=Y3, options=zipmap_off)
    add("neighbours_distance", neighbors.KNeighborsClassifier(4, weights="distance"), y=Y3, options=zipmap_off)
    add("neighbours_regressor", neighbors.KNeighborsRegressor(4), y=REAL)
    add("neighbours_manhattan", neighbors.KNeighborsRegressor(3, p=1), y=REAL)
    add("radius_neighbours", neighbors.RadiusNeighborsRegressor(3.0), y=REAL)

    add("gaussian_bayes", naive_bayes.GaussianNB(), y=Y3, options=zipmap_off)
    add("multinomial_bayes", naive_bayes.MultinomialNB(), x=POSITIVE, y=Y3)
    add("bernoulli_bayes", naive_bayes.BernoulliNB(), y=Y3, options=zipmap_off)
    add("lda", discriminant_analysis.LinearDiscriminantAnalysis(), y=Y3, options=zipmap_off)
    add("qda", discriminant_analysis.QuadraticDiscriminantAnalysis(), y=Y3, options=zipmap_off)
    add("mlp", neural_network.MLPClassifier((6,), max_iter=60, random_state=0), y=Y3, options=zipmap_off)
    add("mlp_regressor", neural_network.MLPRegressor(hidden_layer_sizes=(6,), activation="tanh", max_iter=60, random_state=0), y=REAL)
    add("gaussian_process", gaussian_process.GaussianProcessRegressor(random_state=0), x=X[:20].astype(np.float64), y=REAL[:20], types=DOUBLES)
    add("mixture", mixture.GaussianMixture(3, random_state=0))
    add("k_means", cluster.KMeans(3, n_init=1, random_state=0))
    add("pca", decomposition.PCA(2))
    add("svd", decomposition.TruncatedSVD(2))

    add("standard_scaler", preprocessing.StandardScaler())
    add("min_max_scaler", preprocessing.MinMaxScaler())
    add("min_max_scaler_clip", preprocessing.MinMaxScaler(clip=True))
    add("max_abs_scaler", preprocessing.MaxAbsScaler())
    add("robust_scaler", preprocessing.RobustScaler())
    for norm in ("l1", "l2", "max"):
        add(f"normalizer_{norm}", preprocessing.Normalizer(norm), x=POSITIVE)
    add("binarizer", preprocessing.Binarizer(threshold=0.3))
    add("discretizer", preprocessing.KBinsDiscretizer(4, encode="ordinal"))
    add("polynomial", preprocessing.PolynomialFeatures(2))
    add("power", preprocessing.PowerTransformer())
    add("one_hot", preprocessing.OneHotEncoder(handle_unknown="ignore"), x=CODES, types=INTS)
    add("one_hot_words", preprocessing.OneHotEncoder(handle_unknown="ignore"), x=WORDS, types=STRINGS)
    add("ordinal_words", preprocessing.OrdinalEncoder(), x=WORDS, types=STRINGS)
    add("label_encoder", preprocessing.LabelEncoder(), x=WORDS[:, 0], types=[("x", StringTensorType([None]))])
    add("label_binarizer", preprocessing.LabelBinarizer(), x=CODES[:, 0], types=[("x", Int64TensorType([None]))])
    add("imputer", impute.SimpleImputer(), x=HOLES)
    add("imputer_median", impute.SimpleImputer(strategy="median"), x=HOLES)
    add("knn_imputer", impute.KNNImputer(n_neighbors=2), x=HOLES)
    add("select_k_best", feature_selection.SelectKBest(k=2), y=Y3)
    add("variance_threshold", feature_selection.VarianceThreshold(0.5))

    add("tf_idf", feature_extraction.text.TfidfVectorizer(), x=TEXTS, types=[("x", StringTensorType([None]))])
    add("tf_idf_pairs", feature_extraction.text.TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), x=TEXTS,
        types=[("x", StringTensorType([None]))])
    add("count_words", feature_extraction.text.CountVectorizer(), x=TEXTS, types=[("x", StringTensorType([None]))])
    add("text_pipeline", pipeline.make_pipeline(feature_extraction.text.TfidfVectorizer(), linear_model.LogisticRegression()),
        x=TEXTS, y=Y3, types=[("x", StringTensorType([None]))])
    add("pipeline", pipeline.make_pipeline(impute.SimpleImputer(), preprocessing.StandardScaler(),
                                           linear_model.LogisticRegression()), x=HOLES, y=NAMES)
    add("columns", pipeline.make_pipeline(
        compose.ColumnTransformer([("a", preprocessing.StandardScaler(), [0, 1]), ("b", preprocessing.MinMaxScaler(), [2]),
                                   ("c", "passthrough", [3])]),
        ensemble.RandomForestClassifier(3, max_depth=3, random_state=0)), y=Y3)
    return made


def save(tensor, path):
    array = np.asarray(tensor)
    if array.dtype.kind in "UO":
        array = array.astype(object)
    path.write_bytes(numpy_helper.from_array(array).SerializeToString())


def write(folder, name, model, x, y, types, options):
    model.fit(x, y) if y is not None else model.fit(x)
    opts = {id(model): options} if options else {}
    for part in [model] + [step for _, step in getattr(model, "steps", [])]:
        if isinstance(part, feature_extraction.text.CountVectorizer):
            opts[id(part)] = {"locale": "C"}
    made = to_onnx(model, initial_types=types, options=opts, target_opset={"": 18, "ai.onnx.ml": 3})
    made.doc_string = ""
    session = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    feed = np.asarray(x)[:7]
    feed = feed.astype(object) if feed.dtype.kind == "U" else feed
    outputs = session.run(None, {session.get_inputs()[0].name: feed})
    at = folder / name / "test_data_set_0"
    at.mkdir(parents=True, exist_ok=True)
    (at.parent / "model.onnx").write_bytes(made.SerializeToString())
    save(feed, at / "input_0.pb")
    written = []
    for o in outputs:
        if isinstance(o, list) and o and isinstance(o[0], dict):
            written.append(np.array([list(m.values()) for m in o], np.float32))
            written.append(np.array(list(o[0])))
        else:
            written.append(o)
    if isinstance(model, svm.OneClassSVM):
        written[1] = model.decision_function(feed.astype(np.float64)).astype(np.float32).reshape(written[1].shape)
    for k, o in enumerate(written):
        save(o, at / f"output_{k}.pb")


def main():
    folder = pathlib.Path(sys.argv[1])
    refused = 0
    for name, case in cases().items():
        if sys.argv[2:] and name not in sys.argv[2:]:
            continue
        try:
            write(folder, name, *case)
        except Exception as e:  # a model that skl2onnx or ONNX Runtime cannot do is not a case
            refused += 1
            print(f"{name}: {type(e).__name__}: {str(e).splitlines()[0][:150]}", file=sys.stderr)
    return refused if sys.argv[2:] else 0


if __name__ == "__main__":
    sys.exit(main())
