"""Starts the local AWS, with one answer put right.

A workflow that calls sns:getTopicAttributes gets the attributes as one object on AWS.
MiniStack 1.5.33 hands them on as a list of entries, as they stand in the XML. (It puts
the same right for sqs:getQueueAttributes.)
"""

import sys

from ministack.app import main
from ministack.services import stepfunctions

shaped = stepfunctions._normalize_query_response


def with_topic_attributes(service, action, result):
    if (service, action) == ("sns", "GetTopicAttributes") and isinstance(result["Attributes"], list):
        result = {**result, "Attributes": {entry["key"]: entry["value"] for entry in result["Attributes"]}}
    return shaped(service, action, result)


stepfunctions._normalize_query_response = with_topic_attributes
sys.exit(main())
