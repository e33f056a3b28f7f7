"""CloudFormation templates: text to a value, and a value to pipelines in the API's shape. Pure.

What a template leaves to AWS stands in the result as `Unknown`, with a note that says why; it is never guessed.
"""

from __future__ import annotations

from reconciler.definitions.cloudformation.reading import read
from reconciler.definitions.cloudformation.syntax import DIALECT, is_template, locate, parse
from reconciler.definitions.cloudformation.template import Template, TemplatePipeline, TemplateResource

__all__ = ["DIALECT", "Template", "TemplatePipeline", "TemplateResource", "is_template", "locate", "parse", "read"]
