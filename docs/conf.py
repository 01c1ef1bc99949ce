"""How Sphinx builds the site: ``python -m sphinx -W --keep-going -j 1 docs build/docs``.

``-D plot_gallery=0`` leaves the gallery's examples unrun, ``-D nb_execution_mode=off`` the notebooks.
"""

import sys
import warnings
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE / "_ext")]

import treeprune  # noqa: E402 - from the tree that the pages describe

project = "treeprune"
author = "treeprune developers"
copyright = author  # noqa: A001 - Sphinx's name
version = release = treeprune.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_nb",
    "sphinx_gallery.gen_gallery",
    "made_pages",
    "mathml",
    "docstrings",
]

root_doc = "index"
templates_path = ["_templates"]
exclude_patterns = ["gallery/*", "images/*.py", "made/gallery/*.ipynb", "made/gallery/*.py"]
default_role = "py:obj"

# pages in Markdown, and notebooks
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "auto"  # notebooks that come with their outputs are shown as they are
nb_execution_raise_on_error = True
nb_execution_timeout = 300

# the reference
autosummary_generate = True
autodoc_typehints = "none"  # docstrings say the types in words
toc_object_entries_show_parents = "hide"
maximum_signature_line_length = 88
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

# the gallery; what warns would print the machine's paths on the page
warnings.filterwarnings("error", category=treeprune.PruningWarning)
sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "made/gallery",
    "backreferences_dir": "made/examples_of",
    "doc_module": ("treeprune",),
    "reference_url": {"treeprune": None},
    "capture_repr": (),
    "abort_on_example_error": True,
    "download_all_examples": False,
    "image_srcset": ["2x"],
    "min_reported_time": 5,
    "show_signature": False,
    "write_computation_times": False,
}

# nothing is fetched from elsewhere: the site works without a network
html_theme = "pydata_sphinx_theme"
html_math_renderer = "mathml"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_title = "treeprune"
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "logo": {"text": "treeprune"},
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
