using LastMile.Events.EntityFrameworkCore.Declaring;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations.Operations;

namespace LastMile.Events.EntityFrameworkCore.Migrations;

/// <summary>Installs the schema that captures into, where it is missing.</summary>
internal sealed class InstallOutboxOperation : MigrationOperation;

/// <summary>Captures a table as declared, in place of what was declared before.</summary>
internal sealed class TrackTableOperation(StoreObjectIdentifier table, CaptureDeclaration declaration) : MigrationOperation
{
    public StoreObjectIdentifier Table => table;

    public CaptureDeclaration Declaration => declaration;

    /// <summary>
    /// Whether to keep the name and the rules that the table is tracked with: only its columns have changed, and the model has the rules of
    /// another tenant.
    /// </summary>
    public bool KeepsRules { get; init; }
}

/// <summary>Ends the capture of a table.</summary>
internal sealed class UntrackTableOperation(StoreObjectIdentifier table) : MigrationOperation
{
    public StoreObjectIdentifier Table => table;
}
