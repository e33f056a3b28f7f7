from __future__ import annotations

import pytest
from botocore.loaders import Loader

from builders import ACCOUNT, REGION
from reconciler.pipeline import arns
from reconciler.pipeline.arns import Target

HERE = Target(ACCOUNT, REGION)
REGIONS = [
    pytest.param(region, partition["id"], id=region)
    for partition in Loader().load_data("partitions")["partitions"]
    for region in partition["regions"]
    if not region.endswith("-global")
]


def test_a_target_reads_as_account_and_region():
    assert str(HERE) == "111111111111/eu-west-1"


@pytest.mark.parametrize(("region", "partition"), REGIONS)
def test_every_region_that_botocore_knows_lies_in_its_partition(region, partition):
    assert arns.partition(region) == partition


def test_a_region_that_nobody_knows_yet_lies_in_the_common_partition():
    assert arns.partition("eu-north-9") == "aws"


@pytest.mark.parametrize(
    ("region", "arn"),
    [
        ("eu-west-1", "arn:aws:codepipeline:eu-west-1:111111111111:shop-dev-deploy"),
        ("us-gov-west-1", "arn:aws-us-gov:codepipeline:us-gov-west-1:111111111111:shop-dev-deploy"),
    ],
)
def test_a_pipeline_s_arn_names_partition_region_account_and_pipeline(region, arn):
    assert arns.pipeline(Target(ACCOUNT, region), "shop-dev-deploy") == arn


def test_the_name_comes_back_out_of_the_arn():
    assert arns.pipeline_name(arns.pipeline(HERE, "a.b@c-d_e")) == "a.b@c-d_e"
