using LastMile.Events.EntityFrameworkCore.Declaring;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations.Operations;

namespace LastMile.Events.EntityFrameworkCore.Migrations;

/// <summary>Installs the schema <c>lastmile</c> or upgrades it.</summary>
internal sealed class InstallOutboxOperation : MigrationOperation;

/// <summary>Captures a table as declared; replaces its earlier rules.</summary>
internal sealed class TrackTableOperation(StoreObjectIdentifier table, CaptureDeclaration declaration) : MigrationOperation
{
    public StoreObjectIdentifier Table => table;

    public CaptureDeclaration Declaration => declaration;

    /// <summary>
    /// Whether to keep the table's tracked name and rules, because only its columns have changed and the model has the rules of another
    /// tenant.
    /// </summary>
    public bool KeepsRules { get; init; }
}

/// <summary>Ends the capture of a table.</summary>
internal sealed class UntrackTableOperation(StoreObjectIdentifier table) : MigrationOperation
{
    public StoreObjectIdentifier Table => table;
}
