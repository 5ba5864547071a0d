import gzip
import hashlib
import shutil

import numpy as np
import pytest

from vae import data
from vae.errors import DataError

MD5_OF_THE_RAW_FILES = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}


@pytest.mark.parametrize(("name", "md5"), MD5_OF_THE_RAW_FILES.items())
def test_the_packed_files_are_the_original_mnist(name, md5):
    raw = gzip.decompress((data.MNIST_FOLDER / f"{name}.gz").read_bytes())
    assert hashlib.md5(raw).hexdigest() == md5


def test_the_data_set_is_complete_and_small_on_disk():
    assert [len(data.load(split)) for split in ("train", "validation", "test")] == [55_000, 5_000, 10_000]
    assert sum(path.stat().st_size for path in data.MNIST_FOLDER.iterdir()) < 12_000_000


def test_tensors_are_bytes():
    images, labels = data.load("test").tensors()
    assert (images.shape, str(images.dtype)) == ((10_000, 784), "torch.uint8")
    assert (labels.shape, str(labels.dtype)) == ((10_000,), "torch.uint8")
    assert labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert images.max() == 255


def test_validation_is_a_fixed_draw_that_training_never_sees():
    whole = data._read_pair("train")
    train, validation = data.load("train"), data.load("validation")
    drawn = np.sort(np.random.default_rng(2013).permutation(60_000)[:5_000])
    np.testing.assert_array_equal(validation.images, whole.images[drawn])
    rest = np.setdiff1d(np.arange(60_000), drawn)
    np.testing.assert_array_equal(train.images, whole.images[rest])
    np.testing.assert_array_equal(train.labels, whole.labels[rest])


def test_loaded_arrays_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        data.load("test").images[0, 0, 0] = 1


@pytest.fixture
def copied_mnist(tmp_path, monkeypatch):
    folder = tmp_path / "mnist"
    shutil.copytree(data.MNIST_FOLDER, folder)
    monkeypatch.setattr(data, "MNIST_FOLDER", folder)
    data.load.cache_clear()
    yield folder
    data.load.cache_clear()


def test_one_changed_byte_is_noticed(copied_mnist):
    path = copied_mnist / "t10k-images-idx3-ubyte.gz"
    content = bytearray(path.read_bytes())
    content[5000] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"t10k-images-idx3-ubyte.gz is damaged.*git checkout"):
        data.load("test")


def test_a_missing_file_is_named(copied_mnist):
    (copied_mnist / "train-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match=r"Cannot read .*train-labels-idx1-ubyte.gz: No such file"):
        data.load("train")
