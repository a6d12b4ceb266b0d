import Mustache
import ArgumentParser
import CryptoExtras
@main struct Shop { static func main() { } }
