"""Prune trained models, and get back a smaller model of the same native class, with evidence."""

from treeprune.about import ModelInfo, info
from treeprune.audit.report import PruningReport
from treeprune.audit.side_by_side import SideBySide
from treeprune.certificate.certify import certify
from treeprune.certificate.result import Certificate
from treeprune.coefficient_intervals import CoefficientIntervals, coefficient_intervals
from treeprune.distillation.fidelity import Fidelity
from treeprune.domain.domain import Domain
from treeprune.evidence.comparison import Comparison
from treeprune.evidence.gates import GateReport, gate
from treeprune.exceptions import (
    InvalidModelError,
    ModelMismatchError,
    PruningWarning,
    UnsupportedModelError,
)
from treeprune.explaining.explain import attributions, explain
from treeprune.explaining.record import Attributions
from treeprune.export.c_source import CSource, to_c
from treeprune.export.leaf_table import leaf_table
from treeprune.export.onnx_model import OnnxModel, to_onnx
from treeprune.export.parity import Parity, check_parity
from treeprune.export.python_source import to_python
from treeprune.export.rules import Rules, to_rules
from treeprune.export.sql import to_sql
from treeprune.export.treelite_model import to_treelite
from treeprune.faithfulness.compare import compare
from treeprune.footprint import Footprint, footprint, footprint_table
from treeprune.loading import load_model, save_model
from treeprune.lossless_plan import LosslessPlan
from treeprune.pruners.cost_complexity import CostComplexityPruner
from treeprune.pruners.distill import TreeDistiller
from treeprune.pruners.error_based import ErrorBasedPruner
from treeprune.pruners.feature import FeaturePruner
from treeprune.pruners.joint import JointPruner
from treeprune.pruners.l1_feature import L1FeaturePruner
from treeprune.pruners.linear_model import LinearModelPruner
from treeprune.pruners.lossless import LosslessPruner
from treeprune.pruners.reduced_error import ReducedErrorPruner
from treeprune.pruners.small_cell import SmallCellPruner
from treeprune.pruners.tree_count import TreeCountPruner
from treeprune.report.attribution_displays import AttributionDriftDisplay, AttributionScatterDisplay
from treeprune.report.calibration_display import CalibrationPairDisplay
from treeprune.report.change_display import ChangeHistogramDisplay
from treeprune.report.decision_curve_display import DecisionCurvePairDisplay
from treeprune.report.displays import PruningPathDisplay
from treeprune.report.feature_displays import FeaturePathDisplay
from treeprune.report.front_displays import SizeLossDisplay
from treeprune.report.search_display import PruningFrontDisplay
from treeprune.report.split_display import SplitStabilityDisplay
from treeprune.report.stability_display import StabilityDisplay
from treeprune.report.subgroup_display import SubgroupForestDisplay
from treeprune.report.tree_displays import TreePathDisplay
from treeprune.report.tree_picture import TreeDisplay
from treeprune.report.tree_picture_svg import tree_svg
from treeprune.scorecard import Scorecard
from treeprune.search.one_call import prune
from treeprune.search.search_cv import PruningSearchCV
from treeprune.selection_stability import SelectionStability, selection_stability
from treeprune.surgery import keep_trees, merge_equal_leaves, snip

__version__ = "0.1.0.dev0"

__all__ = [
    "AttributionDriftDisplay",
    "AttributionScatterDisplay",
    "Attributions",
    "CSource",
    "CalibrationPairDisplay",
    "Certificate",
    "ChangeHistogramDisplay",
    "CoefficientIntervals",
    "Comparison",
    "CostComplexityPruner",
    "DecisionCurvePairDisplay",
    "Domain",
    "ErrorBasedPruner",
    "FeaturePathDisplay",
    "FeaturePruner",
    "Fidelity",
    "Footprint",
    "GateReport",
    "InvalidModelError",
    "JointPruner",
    "L1FeaturePruner",
    "LinearModelPruner",
    "LosslessPlan",
    "LosslessPruner",
    "ModelInfo",
    "ModelMismatchError",
    "OnnxModel",
    "Parity",
    "PruningFrontDisplay",
    "PruningPathDisplay",
    "PruningReport",
    "PruningSearchCV",
    "PruningWarning",
    "ReducedErrorPruner",
    "Rules",
    "Scorecard",
    "SelectionStability",
    "SideBySide",
    "SizeLossDisplay",
    "SmallCellPruner",
    "SplitStabilityDisplay",
    "StabilityDisplay",
    "SubgroupForestDisplay",
    "TreeCountPruner",
    "TreeDisplay",
    "TreeDistiller",
    "TreePathDisplay",
    "UnsupportedModelError",
    "attributions",
    "certify",
    "check_parity",
    "coefficient_intervals",
    "compare",
    "explain",
    "footprint",
    "footprint_table",
    "gate",
    "info",
    "keep_trees",
    "leaf_table",
    "load_model",
    "merge_equal_leaves",
    "prune",
    "save_model",
    "selection_stability",
    "snip",
    "to_c",
    "to_onnx",
    "to_python",
    "to_rules",
    "to_sql",
    "to_treelite",
    "tree_svg",
]
