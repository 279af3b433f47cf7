"""Starts the local AWS, with one answer put right, and one type of resource added.

A workflow that calls sns:getTopicAttributes gets the attributes as one object on AWS.
MiniStack 1.5.33 hands them on as a list of entries, as they stand in the XML. (It puts
the same right for sqs:getQueueAttributes.)

Its CloudFormation knows no AWS::Logs::MetricFilter, which its CloudWatch Logs takes.
"""

import sys

from ministack.app import main
from ministack.services import cloudwatch_logs, stepfunctions
from ministack.services.cloudformation import provisioners

shaped = stepfunctions._normalize_query_response


def with_topic_attributes(service, action, result):
    if (service, action) == ("sns", "GetTopicAttributes") and isinstance(result["Attributes"], list):
        result = {**result, "Attributes": {entry["key"]: entry["value"] for entry in result["Attributes"]}}
    return shaped(service, action, result)


def put_metric_filter(_logical_id, props, _stack_name):
    status, _, body = cloudwatch_logs._put_metric_filter({
        "logGroupName": props["LogGroupName"], "filterName": props["FilterName"], "filterPattern": props["FilterPattern"],
        "metricTransformations": [{name[0].lower() + name[1:]: value for name, value in t.items()} for t in props["MetricTransformations"]],
    })
    if status >= 400:
        raise ValueError(f"AWS::Logs::MetricFilter: {body}")
    return props["FilterName"], {}


def update_metric_filter(_physical_id, _old, props, stack_name):
    return put_metric_filter(None, props, stack_name)


def delete_metric_filter(physical_id, props):
    cloudwatch_logs._delete_metric_filter({"logGroupName": props["LogGroupName"], "filterName": physical_id})


stepfunctions._normalize_query_response = with_topic_attributes
provisioners._RESOURCE_HANDLERS["AWS::Logs::MetricFilter"] = {
    "create": put_metric_filter, "update": update_metric_filter, "delete": delete_metric_filter,
}
sys.exit(main())
