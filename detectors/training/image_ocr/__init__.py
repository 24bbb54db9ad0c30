"""Makes the weights of image.ocr: what tells scripts apart, and Tesseract's files made small."""
