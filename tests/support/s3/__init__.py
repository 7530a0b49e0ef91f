"""The build context of the S3 image; a package so that the misbehaving store can be tested as well."""
