using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace LastMile.Events.Cli.Pack;

/// <summary>An assembly in a package.</summary>
/// <param name="HasMachineCode">Whether it contains machine code next to its IL.</param>
/// <param name="SymbolsPath">The path of its symbols on the machine that compiled it.</param>
/// <param name="SymbolsId">The identity that its symbols must have.</param>
internal sealed record PackagedAssembly(bool HasMachineCode, string SymbolsPath, Guid SymbolsId)
{
    /// <summary>Reads an assembly.</summary>
    public static PackagedAssembly Read(ZipArchiveEntry entry)
    {
        using var reader = new PEReader(Bytes(entry));
        var debug = reader.ReadDebugDirectory().First(item => item.Type == DebugDirectoryEntryType.CodeView);
        var symbols = reader.ReadCodeViewDebugDirectoryData(debug);
        return new(reader.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size > 0, symbols.Path, symbols.Guid);
    }

    /// <summary>Whether symbols belong to this assembly.</summary>
    /// <param name="pdb">A portable PDB.</param>
    public bool Matches(ZipArchiveEntry pdb)
    {
        using var provider = MetadataReaderProvider.FromPortablePdbStream(Bytes(pdb));
        var id = provider.GetMetadataReader().DebugMetadataHeader!.Id;
        return new BlobContentId(id).Guid == SymbolsId;
    }

    private static MemoryStream Bytes(ZipArchiveEntry entry)
    {
        var bytes = new MemoryStream();
        using var content = entry.Open();
        content.CopyTo(bytes);
        bytes.Position = 0;
        return bytes;
    }
}
