

def get_cloud_from_metadata_endpoint(endpoint):
    """Returns the cloud of an ARM endpoint, as its metadata tell it."""
    import requests
    asked = {"api-version": "2019-05-01"}
    told = requests.get(endpoint.rstrip("/") + "/metadata/endpoints", params=asked, timeout=30)
    return next(iter(_convert_arm_to_cli(told.json()).values()))
