"""Talks to a Zenlayer with the vendor's own Python SDK, and says what it saw as one JSON object.

    vendor_sdk.py HOST:PORT KEY_ID KEY_PASSWORD TOKEN

Made for zenlayercloud-sdk-python 2.0.77.
"""

import json
import sys

from zenlayercloud.bmc.v20221120 import bmc_client as old_client
from zenlayercloud.bmc.v20221120 import models as old_models
from zenlayercloud.bmc.v20260201 import bmc_client, models
from zenlayercloud.common.config import Config
from zenlayercloud.common.credential import Credential, TokenCredential
from zenlayercloud.common.excpetion.zenlayer_cloud_sdk_exception import ZenlayerCloudSdkException


def rows(client, of, **filters):
    """All rows, over pages of five."""
    found, page, total = [], 1, 1
    while len(found) < total:
        request = of.DescribeInstancesRequest()
        request.pageNum, request.pageSize = page, 5
        for name, value in filters.items():
            setattr(request, name, value)
        answer = client.DescribeInstances(request)
        if not answer.dataSet:
            break
        found += answer.dataSet
        total, page = answer.totalCount, page + 1
    return found, page - 1


def stop(client, of, ids):
    request = of.StopInstancesRequest()
    request.instanceIds = ids
    return client.StopInstances(request).requestId


def code_of(call):
    """The code that a call is refused with; empty when it is not."""
    try:
        call()
    except ZenlayerCloudSdkException as refused:
        return refused.code
    return ""


def statuses(found):
    return {row.instanceId: row.instanceStatus for row in found}


def main(domain, key_id, password, token):
    config = Config(scheme="http", domain=domain, request_timeout=10)
    signed = bmc_client.BmcClient(Credential(key_id, password), config)
    bearer = bmc_client.BmcClient(TokenCredential(token), config)
    deprecated = old_client.BmcClient(Credential(key_id, password), config)

    before, pages = rows(signed, models)
    tag = models.Tag()
    tag.key, tag.value = "power", "nightly"
    tagged, _ = rows(signed, models, tags=[tag])
    running = [row.instanceId for row in before if row.instanceStatus == "RUNNING"]
    request_id = stop(signed, models, running[:3])
    stop(bearer, models, running[3:5])
    stop(deprecated, old_models, running[5:7])
    after, _ = rows(bearer, models)

    wrong_password = bmc_client.BmcClient(Credential(key_id, password + "x"), config)
    wrong_key = bmc_client.BmcClient(Credential(key_id + "x", password), config)
    wrong_token = bmc_client.BmcClient(TokenCredential(token + "x"), config)
    other_path = bmc_client.BmcClient(Credential(key_id, password), config)
    other_path._service = "zec"
    json.dump({
        "pages": pages,
        "before": statuses(before),
        "after": statuses(after),
        "deprecated": statuses(rows(deprecated, old_models)[0]),
        "tags": {row.instanceId: {t.key: t.value for t in row.tags.tags} for row in before},
        "tagged": sorted(row.instanceId for row in tagged),
        "stopped": running[:7],
        "requestId": request_id,
        "refused": {
            "password": code_of(lambda: rows(wrong_password, models)),
            "key": code_of(lambda: rows(wrong_key, models)),
            "token": code_of(lambda: rows(wrong_token, models)),
            "again": code_of(lambda: stop(signed, models, running[:1])),
            "unknown": code_of(lambda: stop(signed, models, ["nobody"])),
            "many": code_of(lambda: stop(signed, models, ["x"] * 101)),
            "zone": code_of(lambda: rows(signed, models, zoneId="NOWHERE-A")),
            "path": code_of(lambda: rows(other_path, models)),
        },
    }, sys.stdout)


main(*sys.argv[1:])
