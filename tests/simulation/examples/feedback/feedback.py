"""Lets a release go on while customers are content: the mean of their ratings is what `UserParameters` asks."""

from __future__ import annotations

from statistics import mean

import boto3

RATINGS = {"prod": [4.5, 4.2, 4.0, 4.8]}
codepipeline = boto3.client("codepipeline")


def handler(event, context):
    """Report the result; CodePipeline does not look at what is returned."""
    job = event["CodePipeline.job"]
    wanted = float(job["data"]["actionConfiguration"]["configuration"]["UserParameters"])
    rating = mean(RATINGS["prod"])
    if rating >= wanted:
        codepipeline.put_job_success_result(jobId=job["id"], outputVariables={"RATING": f"{rating:.2f}"})
    else:
        details = {"type": "JobFailed", "message": f"rating {rating:.2f} is below {wanted}"}
        codepipeline.put_job_failure_result(jobId=job["id"], failureDetails=details)


def silent(event, context):
    """Return a verdict that nobody reads."""
    return {"status": "Approved", "message": "Deployment can proceed."}


def patient(event, context):
    """Ask for two more calls before it is sure."""
    job = event["CodePipeline.job"]
    page = int(job["data"].get("continuationToken", "0"))
    more = {"continuationToken": str(page + 1)} if page < 2 else {}
    codepipeline.put_job_success_result(jobId=job["id"], **more)
